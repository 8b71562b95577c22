import MPIShim

/// Owns one communicator of the shim, and frees it.
struct CommunicatorHandle: ~Copyable {
  let pointer: OpaquePointer

  private init(adopting pointer: OpaquePointer) { self.pointer = pointer }
  deinit { _ = mpishim_comm_free(pointer) }

  /// All ranks, apart from every other communicator of all ranks (`MPI_Comm_dup`).
  static func world() throws(MPIError) -> CommunicatorHandle {
    var pointer: OpaquePointer?
    try check("MPI_Comm_dup", mpishim_comm_world(&pointer))
    guard let pointer else { preconditionFailure("MPI_Comm_dup succeeded without a communicator") }
    return CommunicatorHandle(adopting: pointer)
  }

  /// The ranks on this machine (`MPI_Comm_split_type`).
  func node() throws(MPIError) -> CommunicatorHandle {
    var node: OpaquePointer?
    try check("MPI_Comm_split_type", mpishim_comm_node(pointer, &node))
    guard let node else { preconditionFailure("MPI_Comm_split_type succeeded without a communicator") }
    return CommunicatorHandle(adopting: node)
  }

  /// The ranks that give the same `color`, in the order of their keys (`MPI_Comm_split`).
  func split(color: Int, key: Int) throws(MPIError) -> CommunicatorHandle {
    var part: OpaquePointer?
    try check("MPI_Comm_split", mpishim_comm_split(pointer, Int32(color), Int32(key), &part))
    guard let part else { preconditionFailure("MPI_Comm_split succeeded without a communicator") }
    return CommunicatorHandle(adopting: part)
  }

  /// Returns when everything that was started on the communicator has ended.
  /// - Parameters:
  ///   - code: what starting the last of it gave.
  ///   - watchdog: bounds the wait.
  func finish(_ call: StaticString, _ code: Int32, _ watchdog: Watchdog) throws(MPIError) {
    try watchdog.check(call, code)
    try watchdog.wait(spins: Watchdog.messageSpins) { () throws(MPIError) in
      var ended: Int32 = 0
      try watchdog.check(call, mpishim_test(pointer, &ended))
      return ended != 0
    }
  }

  /// This process within the communicator (`MPI_Comm_rank`).
  func rank() throws(MPIError) -> Int {
    var rank: Int32 = 0
    try check("MPI_Comm_rank", mpishim_comm_rank(pointer, &rank))
    return Int(rank)
  }

  /// The number of processes in the communicator (`MPI_Comm_size`).
  func size() throws(MPIError) -> Int {
    var size: Int32 = 0
    try check("MPI_Comm_size", mpishim_comm_size(pointer, &size))
    return Int(size)
  }
}
