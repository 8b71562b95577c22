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
