/// How the numbers of a `.npy` file are stored.
struct NPYElement: Equatable, Sendable {
  enum Kind: String, Sendable {
    case bool = "b1"
    case int8 = "i1"
    case int16 = "i2"
    case int32 = "i4"
    case int64 = "i8"
    case uint8 = "u1"
    case uint16 = "u2"
    case uint32 = "u4"
    case uint64 = "u8"
    case float16 = "f2"
    case float32 = "f4"
    case float64 = "f8"

    var isFloat: Bool { [.float16, .float32, .float64].contains(self) }
  }

  var kind: Kind
  var isBigEndian: Bool

  /// As this machine stores it.
  init(_ kind: Kind) { (self.kind, isBigEndian) = (kind, false) }

  /// Reads NumPy's description of a type, such as `<f4`; nil for the many other types there are.
  init?(descr: String) {
    guard let order = descr.first, "<>|=".contains(order), let kind = Kind(rawValue: String(descr.dropFirst())) else {
      return nil
    }
    (self.kind, isBigEndian) = (kind, order == ">")
  }

  var byteCount: Int { Int(kind.rawValue.dropFirst()) ?? 1 }

  /// NumPy's name of the type.
  var name: String { "\(kind)" }
}
