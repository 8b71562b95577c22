extension Collectives {
  /// The text of rank `root`, on every rank. Collective.
  /// - Parameter text: what is sent; only `root`'s counts.
  package func broadcast(text: String, from root: Int) throws -> String {
    var bytes = Array(text.utf8)
    var count = [Int64(bytes.count)]
    try count.withUnsafeMutableBytes { try broadcast($0, from: root) }
    if rank != root { bytes = [UInt8](repeating: 0, count: Int(count[0])) }
    try bytes.withUnsafeMutableBytes { try broadcast($0, from: root) }
    return String(decoding: bytes, as: UTF8.self)
  }
}

extension Collectives {
  /// The texts of all ranks, in rank order, on every rank. Collective.
  package func allGather(text: String) throws -> [String] {
    var longest = [Int64(text.utf8.count)]
    try longest.withUnsafeMutableBufferPointer { try maximum($0) }
    let count = Int(longest[0])
    // Filled up with bytes that no text holds.
    let own = Array(text.utf8) + [UInt8](repeating: 0xFF, count: count - text.utf8.count)
    var all = [UInt8](repeating: 0, count: count * worldSize)
    try own.withUnsafeBytes { block in try all.withUnsafeMutableBytes { try allGather(block, into: $0) } }
    return (0..<worldSize).map { rank in
      String(decoding: all[rank * count..<(rank + 1) * count].prefix { $0 != 0xFF }, as: UTF8.self)
    }
  }
}
