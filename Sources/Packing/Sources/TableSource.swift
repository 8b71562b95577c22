/// Columns of a table of text with a header: `.csv`, with commas, or `.tsv`, with tabs.
enum TableSource {
  static func open(
    _ path: String, columns text: String?, _ content: SourceContent, spoolingIn directory: String
  ) throws -> RowSource {
    var reader = try CSVReader(path)
    let header = try reader.readHeader()
    let columns = try TableColumns(text, of: header, path: path)
    let place = "\(path):\(text ?? header[0])"
    guard columns.indices.count == 1, content != .numbers else {
      return try numbers(&reader, columns, header.count, place, directory)
    }
    if try content != .either || beginsWithText(path, columns.indices[0]) {
      var codes = try TextCodes(place: place, content, in: directory)
      try forEachText(&reader, columns.indices[0], header.count) { text throws(PackingError) in
        try codes.append(text)
      }
      return try codes.finish(readsNumbers: content == .texts)
    }
    return try numbers(&reader, columns, header.count, place, directory)
  }

  private static func beginsWithText(_ path: String, _ column: Int) throws(PackingError) -> Bool {
    var reader = try CSVReader(path)
    _ = try reader.readHeader()
    while try reader.next() {
      guard column < reader.fieldCount else { return false }
      switch CSVCell(reader.field(column)) {
      case .missing: continue
      case .text, .truth: return true
      case .number: return false
      }
    }
    return false
  }

  /// Calls `body` with the text of each cell of one column, nil where it is missing.
  static func forEachCell(
    _ path: String, column: String?, _ body: (String?) throws(PackingError) -> Void
  ) throws(PackingError) {
    var reader = try CSVReader(path)
    let header = try reader.readHeader()
    let columns = try TableColumns(column, of: header, path: path)
    guard columns.indices.count == 1 else {
      throw PackingError(file: path, "expected one column, found \(columns.names.joined(separator: ", "))")
    }
    try forEachText(&reader, columns.indices[0], header.count, body)
  }

  private static func forEachText(
    _ reader: inout CSVReader, _ column: Int, _ fieldCount: Int, _ body: (String?) throws(PackingError) -> Void
  ) throws(PackingError) {
    var row = 0
    while try reader.next() {
      try reader.checkFieldCount(fieldCount, row: row)
      let bytes = reader.field(column)
      let text = CSVCell.trimmed(bytes)
      guard String(validating: text, as: UTF8.self) != nil else {
        throw PackingError(
          file: reader.path, line: reader.line, "row \(row) is not UTF-8; save the table in that encoding")
      }
      try body(CSVCell(bytes) == .missing ? nil : text.text)
      row += 1
    }
  }

  private static func numbers(
    _ reader: inout CSVReader, _ columns: TableColumns, _ fieldCount: Int, _ place: String, _ directory: String
  ) throws(PackingError) -> RowSource {
    var spool = try SpoolFile(in: directory)
    var (present, isWhole): ([Bool], Bool) = ([], true)
    var numbers: [Double] = []
    while try reader.next() {
      try reader.checkFieldCount(fieldCount, row: present.count)
      numbers.removeAll(keepingCapacity: true)
      for (index, name) in zip(columns.indices, columns.names) {
        switch CSVCell(reader.field(index)) {
        case .missing: numbers.append(.nan)
        case .number(let number, let isWholeNumber):
          numbers.append(number)
          isWhole = isWhole && isWholeNumber
        case .truth(let truth): numbers.append(truth ? 1 : 0)
        case .text: throw noNumber(reader.field(index).text, name, present.count, reader.path, reader.line, columns)
        }
      }
      let missing = numbers.count { $0.isNaN }
      guard missing == 0 || missing == numbers.count else {
        throw partlyMissing(numbers, columns, present.count, reader.path, reader.line)
      }
      present.append(missing == 0)
      for number in numbers { try spool.append(number) }
    }
    let shape = [present.count] + (columns.indices.count == 1 ? [] : [columns.indices.count])
    guard present.contains(true) else { throw PackingError(file: place, "no row has a value") }
    var rows = try RowSource(
      place: place, kind: isWhole ? .int64 : .float64, element: NPYElement(.float64), shape: shape,
      try spool.finish())
    if columns.names.count > 1 { rows.columnNames = columns.names }
    return rows.withPresence(present)
  }

  private static func noNumber(
    _ text: String, _ column: String, _ row: Int, _ path: String, _ line: Int, _ columns: TableColumns
  ) -> PackingError {
    let advice =
      columns.indices.count == 1
      ? "name categorical as the likelihood to read texts as classes" : "texts are classes of a modality of their own"
    return PackingError(
      file: path, line: line, "row \(row), column \(column), has \"\(text)\", which is no number; \(advice)")
  }

  private static func partlyMissing(
    _ numbers: [Double], _ columns: TableColumns, _ row: Int, _ path: String, _ line: Int
  ) -> PackingError {
    let missing = columns.names[numbers.firstIndex { $0.isNaN } ?? 0]
    let found = columns.names[numbers.firstIndex { !$0.isNaN } ?? 0]
    return PackingError(
      file: path, line: line,
      "row \(row) lacks column \(missing) but has \(found); a row has all columns of a modality or none: fill the cell, "
        + "or make \(missing) a modality of its own")
  }
}
