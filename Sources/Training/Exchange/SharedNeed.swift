/// Bytes of shared memory (`/dev/shm`) that the exchange of gradients takes on a node.
/// - Parameters:
///   - parameters: of the model.
///   - ranks: of the node.
package func sharedMemoryNeed(parameters: Int, ranks: Int) -> Int {
  let bytes = NodeMemory.byteCount(count: parameters, ranks: ranks)
  // A little more than is used, because MPI asks for it.
  return bytes + bytes / 16 + 1 << 20
}
