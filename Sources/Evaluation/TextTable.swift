/// A table for people: columns as wide as their cells need.
package struct TextTable {
  private var lines: [[String]]
  private let textColumns: Int

  /// - Parameter textColumns: so many columns from the left hold words and are set flush left, the others numbers.
  package init(header: [String], textColumns: Int) {
    lines = [header]
    self.textColumns = textColumns
  }

  /// Adds a line with a cell for each column.
  package mutating func add(_ cells: [String]) {
    precondition(cells.count == lines[0].count, "\(cells.count) cells for \(lines[0].count) columns")
    lines.append(cells)
  }

  package var text: String {
    let widths = lines[0].indices.map { column in lines.map { $0[column].count }.max() ?? 0 }
    return lines.map { cells in
      let padded = cells.enumerated().map { column, cell in
        let padding = String(repeating: " ", count: widths[column] - cell.count)
        return column < textColumns ? cell + padding : padding + cell
      }
      return String(padded.joined(separator: "  ").reversed().drop { $0 == " " }.reversed())
    }.joined(separator: "\n")
  }
}
