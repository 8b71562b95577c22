import Storage

/// How the texts of a `.npy` file are stored: all with equally many bytes, filled up with zeros.
struct NPYText: Equatable, Sendable {
  /// Four bytes a character, or bytes of UTF-8.
  let isUnicode: Bool
  let isBigEndian: Bool
  let byteCount: Int

  /// Reads NumPy's description of a type, such as `<U12` or `|S5`.
  init?(descr: String) {
    guard let order = descr.first, "<>|=".contains(order), let letter = descr.dropFirst().first, "US".contains(letter),
      let count = Int(descr.dropFirst(2)), (1...(1 << 20)).contains(count)
    else { return nil }
    (isUnicode, isBigEndian) = (letter == "U", order == ">")
    byteCount = isUnicode ? 4 * count : count
  }

  func text(_ bytes: ArraySlice<UInt8>) -> String {
    guard isUnicode else { return storedText(bytes.prefix { $0 != 0 }) }
    var text = String.UnicodeScalarView()
    for start in stride(from: bytes.startIndex, to: bytes.endIndex, by: 4) {
      let word = bytes[start..<(start + 4)]
      let value = (isBigEndian ? Array(word) : word.reversed()).reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
      if value == 0 { break }
      text.append(Unicode.Scalar(value) ?? "\u{FFFD}")
    }
    return String(text)
  }
}
