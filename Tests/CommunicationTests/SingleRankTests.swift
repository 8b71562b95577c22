import Communication
import Testing

struct SingleRankTests {
  private let alone: any Collectives = SingleRank()

  @Test("Reductions leave what is there", arguments: [0, 1, 7])
  func reductions(count: Int) throws {
    let expected = (0..<count).map { Float($0) - 2 }
    var floats = expected
    try floats.withUnsafeMutableBufferPointer { try alone.sum($0) }
    #expect(floats == expected)
    var integers = expected.map { Int64($0) }
    try integers.withUnsafeMutableBufferPointer { try alone.maximum($0) }
    try integers.withUnsafeMutableBufferPointer { try alone.minimum($0) }
    #expect(integers == expected.map { Int64($0) })
  }

  @Test("Gathering copies the only block", arguments: [0, 1, 9])
  func gathering(count: Int) throws {
    let block = (0..<count).map { UInt8($0 + 1) }
    for gather in [alone.allGather, { try self.alone.gather($0, into: $1, at: 0) }] {
      var blocks = [UInt8](repeating: 0, count: count)
      try block.withUnsafeBytes { block in try blocks.withUnsafeMutableBytes { try gather(block, $0) } }
      #expect(blocks == block)
    }
  }

  @Test("There is no other rank to broadcast from")
  func wrongRoot() async {
    await #expect(processExitsWith: .failure) {
      SingleRank().broadcast(UnsafeMutableRawBufferPointer(start: nil, count: 0), from: 1)
    }
  }

  @Test("One rank agrees with itself")
  func digest() throws {
    try alone.agreeOnDigest([UInt8](repeating: 9, count: 32))
  }
}
