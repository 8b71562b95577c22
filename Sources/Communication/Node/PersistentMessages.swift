import MPIShim

/// A set of MPI persistent requests between peers: started together, completed together. Starting and testing do not
/// allocate.
package final class PersistentMessages {
  private let handle: OpaquePointer
  private let topology: NodeTopology

  /// - Parameter capacity: the most messages that will be added.
  package init(_ topology: NodeTopology, capacity: Int) throws(MPIError) {
    var handle: OpaquePointer?
    try check("malloc", mpishim_messages_new(topology.peers.pointer, Int32(capacity), &handle))
    guard let handle else { preconditionFailure("no memory for messages") }
    (self.handle, self.topology) = (handle, topology)
  }

  deinit { mpishim_messages_free(handle) }

  /// Adds a message to the peer on node `node`. The memory must stay where it is.
  /// - Parameter tag: tells the messages between the same two ranks apart.
  package func addSend<Number: Transmissible>(
    _ values: UnsafeBufferPointer<Number>, to node: Int, tag: Int
  ) throws(MPIError) {
    try check(
      "MPI_Send_init",
      mpishim_messages_add_send(
        handle, values.baseAddress, Int32(values.count), Number.element.number, Int32(node), Int32(tag)))
  }

  /// Adds a message from the peer on node `node`.
  package func addReceive<Number: Transmissible>(
    _ values: UnsafeMutableBufferPointer<Number>, from node: Int, tag: Int
  ) throws(MPIError) {
    try check(
      "MPI_Recv_init",
      mpishim_messages_add_receive(
        handle, values.baseAddress, Int32(values.count), Number.element.number, Int32(node), Int32(tag)))
  }

  /// Starts all of them. Their buffers must not be touched until they are complete.
  package func start() throws(MPIError) { try topology.watchdog.check("MPI_Startall", mpishim_messages_start(handle)) }

  /// Whether all are complete. MPI makes progress only within its calls.
  package func areComplete() throws(MPIError) -> Bool {
    var complete: Int32 = 0
    try topology.watchdog.check("MPI_Testall", mpishim_messages_test(handle, &complete))
    return complete != 0
  }
}

/// What messages between nodes may consist of.
package protocol Transmissible {
  /// As MPI names it.
  static var element: MessageElement { get }
}

/// A type of number that MPI knows.
package struct MessageElement {
  fileprivate let number: mpishim_element_t
}

extension Float: Transmissible {
  package static var element: MessageElement { MessageElement(number: MPISHIM_FLOAT) }
}

/// The upper half of a float.
extension UInt16: Transmissible {
  package static var element: MessageElement { MessageElement(number: MPISHIM_UINT16) }
}
