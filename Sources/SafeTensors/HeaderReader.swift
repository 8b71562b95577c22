/// Reads the little JSON that a safetensors header may hold: objects, strings, arrays of whole numbers.
///
/// A general JSON decoder would do, but it silently keeps one of two equal keys, and that is a way to hide a tensor.
/// This one refuses equal keys and everything else the format does not know.
struct HeaderReader {
  private let bytes: ArraySlice<UInt8>
  private var position: Int

  init(_ bytes: ArraySlice<UInt8>) { (self.bytes, position) = (bytes, bytes.startIndex) }

  /// Reads `{ "key": value, ... }`; `value` is called at each value and must read it.
  mutating func object(
    _ value: (inout HeaderReader, String) throws(SafeTensorsError) -> Void
  ) throws(SafeTensorsError) {
    var keys: Set<[UInt8]> = []
    try expect("{")
    if take("}") { return }
    repeat {
      let key = try string()
      // By bytes: Swift would hold two spellings of é for equal, the format does not.
      guard keys.insert(Array(key.utf8)).inserted else { throw malformed("the key \(quoted(key)) appears twice") }
      try expect(":")
      try value(&self, key)
    } while take(",")
    try expect("}")
  }

  /// Reads `[1, 2, 3]`.
  mutating func wholeNumbers() throws(SafeTensorsError) -> [Int] {
    var numbers: [Int] = []
    try expect("[")
    if take("]") { return numbers }
    repeat { numbers.append(try wholeNumber()) } while take(",")
    try expect("]")
    return numbers
  }

  /// Only the spaces that pad a header may follow.
  mutating func end() throws(SafeTensorsError) {
    skipSpace()
    if position < bytes.endIndex { throw malformed("nothing but padding was expected after the last brace") }
  }

  /// Reads `"text"`.
  mutating func string() throws(SafeTensorsError) -> String {
    try expect("\"")
    var text: [UInt8] = []
    while let byte = next() {
      switch byte {
      case UInt8(ascii: "\""):
        guard let string = String(validating: text, as: UTF8.self) else { throw malformed("a string is not UTF-8") }
        return string
      case UInt8(ascii: "\\"): text += try escape()
      case 0..<0x20: throw malformed("a string holds a control character")
      default: text.append(byte)
      }
    }
    throw malformed("a string does not end")
  }

  func malformed(_ problem: String) -> SafeTensorsError {
    SafeTensorsError("the header is not valid: \(problem), at its byte \(position - bytes.startIndex)")
  }

  private mutating func wholeNumber() throws(SafeTensorsError) -> Int {
    skipSpace()
    let digits = bytes[position...].prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    let isCanonical = digits.count == 1 || digits.first != UInt8(ascii: "0")
    guard isCanonical, let number = Int(String(decoding: digits, as: UTF8.self)) else {
      throw malformed("a whole number from 0 to \(Int.max) was expected")
    }
    position += digits.count
    return number
  }

  /// What follows a backslash, as UTF-8.
  private mutating func escape() throws(SafeTensorsError) -> [UInt8] {
    switch next() {
    case UInt8(ascii: "\""): [UInt8(ascii: "\"")]
    case UInt8(ascii: "\\"): [UInt8(ascii: "\\")]
    case UInt8(ascii: "/"): [UInt8(ascii: "/")]
    case UInt8(ascii: "b"): [8]
    case UInt8(ascii: "f"): [12]
    case UInt8(ascii: "n"): [10]
    case UInt8(ascii: "r"): [13]
    case UInt8(ascii: "t"): [9]
    case UInt8(ascii: "u"): try unicodeEscape()
    default: throw malformed("an unknown escape")
    }
  }

  private mutating func unicodeEscape() throws(SafeTensorsError) -> [UInt8] {
    var units = [try codeUnit()]
    if UTF16.isLeadSurrogate(units[0]), next() == UInt8(ascii: "\\"), next() == UInt8(ascii: "u") {
      units.append(try codeUnit())
    }
    guard let text = String(validating: units, as: UTF16.self) else { throw malformed("half of a surrogate pair") }
    return Array(text.utf8)
  }

  private mutating func codeUnit() throws(SafeTensorsError) -> UInt16 {
    let digits = bytes[position...].prefix(4)
    let isHexadecimal = digits.allSatisfy { Character(UnicodeScalar($0)).isHexDigit }
    guard digits.count == 4, isHexadecimal, let unit = UInt16(String(decoding: digits, as: UTF8.self), radix: 16)
    else { throw malformed("four hexadecimal digits were expected") }
    position += 4
    return unit
  }

  private mutating func next() -> UInt8? {
    guard position < bytes.endIndex else { return nil }
    defer { position += 1 }
    return bytes[position]
  }

  private mutating func skipSpace() {
    let space: [UInt8] = [0x20, 0x09, 0x0A, 0x0D]
    while position < bytes.endIndex, space.contains(bytes[position]) { position += 1 }
  }

  /// Takes `character` if it comes next, after space.
  private mutating func take(_ character: UnicodeScalar) -> Bool {
    skipSpace()
    guard position < bytes.endIndex, bytes[position] == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  private mutating func expect(_ character: UnicodeScalar) throws(SafeTensorsError) {
    if !take(character) { throw malformed("\(character) was expected") }
  }
}
