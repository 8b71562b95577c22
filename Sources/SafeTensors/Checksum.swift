import Hashing

/// SHA-256 over what a file means: metadata, tensor table and data, so that a renamed tensor or a changed setting
/// counts as damage just as a flipped bit does. The README says how to compute it elsewhere.
struct Checksum {
  /// The metadata key that holds it, as 64 hexadecimal digits. Itself not part of the sum.
  static let key = "checksum"

  private let hash = SHA256()

  /// Begins with the description. The data section follows by `update`.
  init(metadata: [String: String], tensors: [TensorInfo]) {
    for (key, value) in metadata.sorted(by: { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) })
    where key != Self.key {
      hash.update(Array("metadata \(quoted(key)) \(quoted(value))\n".utf8))
    }
    for tensor in tensors {
      hash.update(Array("tensor \(quoted(tensor.name)) \(tensor.type.rawValue) \(json(tensor.shape))\n".utf8))
    }
  }

  func update(_ bytes: UnsafeRawBufferPointer) { hash.update(bytes) }

  /// The sum so far as hexadecimal digits.
  var text: String {
    let digits = Array("0123456789abcdef")
    return String(hash.digest().flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
  }
}
