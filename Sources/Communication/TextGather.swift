extension Collectives {
  /// The texts of all ranks, in rank order; on other ranks than `root` nothing. Collective.
  package func gather(text: String, at root: Int) throws -> [String] {
    var longest = [Int64(text.utf8.count)]
    try longest.withUnsafeMutableBufferPointer { try maximum($0) }
    // Blocks are of one size; zero bytes fill them up.
    let size = Int(longest[0])
    let block = Array(text.utf8) + [UInt8](repeating: 0, count: size - text.utf8.count)
    var blocks = [UInt8](repeating: 0, count: rank == root ? size * worldSize : 0)
    try block.withUnsafeBytes { block in
      try blocks.withUnsafeMutableBytes { try gather(block, into: $0, at: root) }
    }
    return stride(from: 0, to: blocks.count, by: max(size, 1)).map { start in
      String(decoding: blocks[start..<start + size].prefix { $0 != 0 }, as: UTF8.self)
    }
  }
}
