/// The lines of CelebA's text files: words with blanks in between, or fields of the CSV edition, whose first line has the
/// names of the columns.
enum CelebARecords {
  /// - Parameter first: the line that the records begin on.
  case text(TextTable, from: Int)
  case csv(String)

  static func isCSV(_ path: String) -> Bool { SourceLocation(path).kind == .table }

  var path: String {
    switch self {
    case .text(let file, _): file.path
    case .csv(let path): path
    }
  }

  /// The names of the columns of the CSV edition behind that of the image.
  static func names(csv path: String) throws(PackingError) -> [String] {
    var reader = try CSVReader(path)
    let header = try reader.readHeader()
    guard header.count >= 2 else {
      throw PackingError(file: path, line: 1, "expected a column with the images and further columns, found \(header)")
    }
    return Array(header.dropFirst())
  }

  /// Calls `body` with each line, counted from 1, and its words.
  func forEachLine(
    _ body: (_ line: Int, _ words: [ArraySlice<UInt8>]) throws(PackingError) -> Void
  ) throws(PackingError) {
    switch self {
    case .text(let file, let first):
      for line in stride(from: first, through: file.lineCount, by: 1) { try body(line, file.words(line)) }
    case .csv(let path):
      var reader = try CSVReader(path)
      _ = try reader.readHeader()
      while try reader.next() { try body(reader.line, reader.words) }
    }
  }

  func problem(_ line: Int, _ text: String) -> PackingError { PackingError(file: path, line: line, text) }
}

extension CSVReader {
  fileprivate var words: [ArraySlice<UInt8>] { (0..<fieldCount).map { CSVCell.trimmed(field($0)) } }
}
