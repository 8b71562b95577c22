extension Collectives {
  /// The texts of all ranks, in rank order; on other ranks than `root` nothing. Collective.
  package func gather(text: String, at root: Int) throws -> [String] {
    let block = try paddedBlock(text)
    var blocks = [UInt8](repeating: 0, count: rank == root ? block.count * worldSize : 0)
    try block.withUnsafeBytes { block in
      try blocks.withUnsafeMutableBytes { try gather(block, into: $0, at: root) }
    }
    return rank == root ? texts(in: blocks) : []
  }

  /// The texts of all ranks, in rank order, on every rank. Collective.
  package func allGather(text: String) throws -> [String] {
    let block = try paddedBlock(text)
    var blocks = [UInt8](repeating: 0, count: block.count * worldSize)
    try block.withUnsafeBytes { block in try blocks.withUnsafeMutableBytes { try allGather(block, into: $0) } }
    return texts(in: blocks)
  }

  /// This rank's text, as long as the longest of all ranks: filled up with bytes that no text holds. Collective.
  private func paddedBlock(_ text: String) throws -> [UInt8] {
    var longest = [Int64(text.utf8.count)]
    try longest.withUnsafeMutableBufferPointer { try maximum($0) }
    return Array(text.utf8) + [UInt8](repeating: 0xFF, count: Int(longest[0]) - text.utf8.count)
  }

  /// - Parameter blocks: one block for each rank.
  private func texts(in blocks: [UInt8]) -> [String] {
    let size = blocks.count / worldSize
    return (0..<worldSize).map { rank in
      String(decoding: blocks[rank * size..<(rank + 1) * size].prefix { $0 != 0xFF }, as: UTF8.self)
    }
  }
}
