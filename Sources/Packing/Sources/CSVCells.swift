import Glibc

/// What is written in a cell of a table.
enum CSVCell: Equatable {
  case missing
  case number(Double, isWhole: Bool)
  case truth(Bool)
  case text

  /// Words that stand for no value, as pandas has them.
  private static let wordsForMissing: Set<String> = [
    "N/A", "n/a", "NULL", "null", "None", "<NA>", "#N/A", "#NA", "-nan", "-NaN",
  ]
  private static let longestMissing = 4

  /// Nothing, `NA`, `nan` in any case, and the words above are missing.
  init(_ bytes: ArraySlice<UInt8>) {
    let bytes = Self.trimmed(bytes)
    guard let first = bytes.first else {
      self = .missing
      return
    }
    if let number = Self.decimal(bytes) {
      self = number
      return
    }
    let isLetter = (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(first | 0x20)
    if bytes.count <= Self.longestMissing, Self.wordsForMissing.contains(bytes.text) {
      self = .missing
      return
    }
    switch isLetter ? bytes.text.lowercased() : "" {
    case "na", "nan": self = .missing
    case "true": self = .truth(true)
    case "false": self = .truth(false)
    default: self = Self.float(bytes)
    }
  }

  static func trimmed(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    var bytes = bytes
    while let last = bytes.last, last == 0x20 || last == 0x09 { bytes.removeLast() }
    return bytes.drop { $0 == 0x20 || $0 == 0x09 }
  }

  /// Up to 15 digits and a point: the digits and the power of ten are exact, so their quotient is rounded once, as it
  /// should be.
  private static func decimal(_ bytes: ArraySlice<UInt8>) -> CSVCell? {
    var (digits, count, decimals, hasPoint) = (0, 0, 0, false)
    let isNegative = bytes.first == UInt8(ascii: "-")
    for byte in isNegative ? bytes.dropFirst() : bytes {
      if byte == UInt8(ascii: "."), !hasPoint {
        hasPoint = true
      } else if (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte), count < 15 {
        digits = 10 * digits + Int(byte - UInt8(ascii: "0"))
        count += 1
        if hasPoint { decimals += 1 }
      } else {
        return nil
      }
    }
    guard count > 0 else { return nil }
    let number = decimals == 0 ? Double(digits) : Double(digits) / powers[decimals]
    return .number(isNegative ? -number : number, isWhole: !hasPoint)
  }

  private static let powers: [Double] = [
    1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
  ]

  /// Everything else that `strtod` reads, hexadecimal numbers excepted.
  private static func float(_ bytes: ArraySlice<UInt8>) -> CSVCell {
    let text = String(decoding: bytes, as: UTF8.self)
    guard text.utf8.count == bytes.count, !bytes.contains(where: { $0 | 0x20 == UInt8(ascii: "x") || $0 == 0 }),
      let number = Double(text)
    else { return .text }
    return .number(number, isWhole: bytes.allSatisfy { $0 >= 0x2B && $0 <= 0x39 && $0 != UInt8(ascii: ".") })
  }
}
