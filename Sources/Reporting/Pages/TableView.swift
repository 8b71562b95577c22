/// A table as the template `table` wants it; its first column names the lines.
struct TableView {
  struct Cell {
    let text: String
    let isNumber: Bool
  }

  struct Row {
    let name: String
    let cells: [Cell]
  }

  let caption: String?
  let header: [Cell]
  let hasHeader: Bool
  private(set) var rows: [Row] = []
  private let words: Int

  /// - Parameters:
  ///   - header: of every column; none for a list of facts.
  ///   - words: so many columns from the left are no numbers.
  init(_ caption: String? = nil, header: [String] = [], words: Int = 1) {
    (self.caption, self.words) = (caption, words)
    self.header = header.enumerated().map { Cell(text: $1, isNumber: $0 >= words) }
    hasHeader = !header.isEmpty
  }

  mutating func add(_ name: String, _ values: String...) { add([name] + values) }

  mutating func add(_ line: [String]) {
    let cells = line.enumerated().dropFirst().map { Cell(text: $1, isNumber: hasHeader && $0 >= words) }
    rows.append(Row(name: line[0], cells: cells))
  }
}
