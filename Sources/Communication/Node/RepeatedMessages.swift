import MPIShim

/// Messages between counterparts that go again and again between the same places: what is sent off together, and ends
/// together. Starting and looking do not allocate.
package final class RepeatedMessages {
  private let handle: OpaquePointer
  private let nodes: NodeGroup

  /// - Parameter capacity: messages that will be added at most.
  package init(_ nodes: NodeGroup, capacity: Int) throws(MPIError) {
    var handle: OpaquePointer?
    try check("malloc", mpishim_messages_new(nodes.counterparts.pointer, Int32(capacity), &handle))
    guard let handle else { preconditionFailure("no memory for messages") }
    (self.handle, self.nodes) = (handle, nodes)
  }

  deinit { mpishim_messages_free(handle) }

  /// Adds a message to the counterpart on node `node`. The memory must stay where it is.
  /// - Parameter tag: tells the messages between the same two ranks apart.
  package func addSend(_ values: UnsafeBufferPointer<Float>, to node: Int, tag: Int) throws(MPIError) {
    try check(
      "MPI_Send_init",
      mpishim_messages_add_send(handle, values.baseAddress, Int32(values.count), Int32(node), Int32(tag)))
  }

  /// Adds a message from the counterpart on node `node`.
  package func addReceive(
    _ values: UnsafeMutableBufferPointer<Float>, from node: Int, tag: Int
  ) throws(MPIError) {
    try check(
      "MPI_Recv_init",
      mpishim_messages_add_receive(handle, values.baseAddress, Int32(values.count), Int32(node), Int32(tag)))
  }

  /// Sends them off. What is sent or received must not be touched until they have ended.
  package func start() throws(MPIError) { try check("MPI_Startall", mpishim_messages_start(handle)) }

  /// Whether they have ended. MPI makes progress only when asked.
  package func haveEnded() throws(MPIError) -> Bool {
    var ended: Int32 = 0
    try check("MPI_Testall", mpishim_messages_test(handle, &ended))
    return ended != 0
  }
}
