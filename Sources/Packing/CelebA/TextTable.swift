/// A text file of lines of words.
struct TextTable: Sendable {
  let path: String
  private let bytes: [UInt8]
  private let lines: [Range<Int>]

  /// Reads a file; blank lines at its end do not count.
  static func read(_ path: String) throws(PackingError) -> TextTable {
    TextTable(path: path, bytes: try readFile(path))
  }

  private init(path: String, bytes: [UInt8]) {
    let ends = bytes.indices.filter { bytes[$0] == UInt8(ascii: "\n") }
    let bounds = zip([0] + ends.map { $0 + 1 }, ends + [bytes.count]).map { $0..<$1 }
    (self.path, self.bytes) = (path, bytes)
    lines = bounds.reversed().drop { bytes[$0].allSatisfy(Self.isBlank) }.reversed()
  }

  var lineCount: Int { lines.count }

  /// The words of a line.
  /// - Parameter line: counted from 1, as in messages.
  func words(_ line: Int) -> [ArraySlice<UInt8>] { bytes[lines[line - 1]].split(whereSeparator: Self.isBlank) }

  /// A line without blanks at its ends.
  /// - Parameter line: counted from 1, as in messages.
  func line(_ line: Int) -> String {
    let rest = bytes[lines[line - 1]].drop(while: Self.isBlank)
    return Array(rest.reversed().drop(while: Self.isBlank).reversed())[...].text
  }

  func problem(_ line: Int, _ text: String) -> PackingError { PackingError(file: path, line: line, text) }

  private static func isBlank(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || (9...13).contains(byte) }
}

extension ArraySlice<UInt8> {
  var text: String { String(decoding: self, as: UTF8.self) }
}
