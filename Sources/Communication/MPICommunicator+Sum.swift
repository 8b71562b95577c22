/// Sums of many floats. MPI's own that can be polled (`MPI_Iallreduce`) passes the whole buffer up and down a tree.
extension MPICommunicator {
  /// Floats of a part that are worth messages of their own.
  private static let leastPart = 1024
  /// Floats that are summed at a time: what is received has room in the cache, as long as parts are not too short.
  private var most: Int { max(1 << 18, Self.leastPart * worldSize) }

  func isWorthCutting(_ count: Int) -> Bool { worldSize > 1 && count >= Self.leastPart * worldSize }

  /// Replaces every element by its sum over all ranks, added in rank order.
  ///
  /// Every rank adds up one part of the buffer and sends all others the result: as few bytes as a sum can take.
  func sumInParts(_ buffer: UnsafeMutableBufferPointer<Float>) throws(MPIError) {
    for start in stride(from: 0, to: buffer.count, by: most) {
      try sumOnce(UnsafeMutableBufferPointer(rebasing: buffer[start..<min(start + most, buffer.count)]))
    }
  }

  private func sumOnce(_ buffer: UnsafeMutableBufferPointer<Float>) throws(MPIError) {
    let length = (buffer.count + worldSize - 1) / worldSize
    func part(_ rank: Int) -> UnsafeMutableBufferPointer<Float> {
      let range = min(rank * length, buffer.count)..<min((rank + 1) * length, buffer.count)
      return UnsafeMutableBufferPointer(rebasing: buffer[range])
    }
    let own = part(rank)
    for other in 0..<worldSize where other != rank { try receive(room(of: other, own.count), from: other, tag: 0) }
    for other in 0..<worldSize where other != rank { try send(part(other), to: other, tag: 0) }
    try finish("MPI_Testall")
    addUp(own)
    for other in 0..<worldSize where other != rank { try receive(part(other), from: other, tag: 1) }
    for other in 0..<worldSize where other != rank { try send(own, to: other, tag: 1) }
    try finish("MPI_Testall")
  }

  /// Where another rank's numbers for this rank's part arrive.
  private func room(of other: Int, _ count: Int) -> UnsafeMutableBufferPointer<Float> {
    let received = received ?? .allocate(capacity: most + worldSize)
    self.received = received
    return UnsafeMutableBufferPointer(rebasing: received[other * count..<(other + 1) * count])
  }

  /// Adds what has arrived to this rank's part, in the order of ranks.
  private func addUp(_ own: UnsafeMutableBufferPointer<Float>) {
    guard rank > 0 else {
      for other in 1..<worldSize { own.add(room(of: other, own.count)) }
      return
    }
    let total = room(of: 0, own.count)
    for other in 1..<worldSize { total.add(other == rank ? own : room(of: other, own.count)) }
    _ = own.update(fromContentsOf: total)
  }
}

extension UnsafeMutableBufferPointer<Float> {
  /// Adds the elements of as long a buffer.
  fileprivate func add(_ other: UnsafeMutableBufferPointer<Float>) {
    precondition(other.count == count)
    guard let base = baseAddress, let term = other.baseAddress else { return }
    for i in 0..<count { base[i] += term[i] }
  }
}
