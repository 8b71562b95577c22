import Console

/// Which columns of a table are meant: names with commas in between, `FIRST..LAST` for all from one to another.
struct TableColumns {
  let indices: [Int]
  let names: [String]

  /// - Parameter header: the names of all columns.
  init(_ text: String?, of header: [String], path: String) throws(PackingError) {
    guard let text, !text.isEmpty else {
      guard header.count == 1 else {
        throw PackingError(
          file: path, "name columns, as in \(path):\(header.first { !$0.isEmpty } ?? "COLUMN"); \(Self.known(header))")
      }
      (indices, names) = ([0], header)
      return
    }
    var indices: [Int] = []
    if let whole = header.firstIndex(of: text) {
      indices = [whole]
    } else {
      for part in text.split(separator: ",", omittingEmptySubsequences: false) {
        indices += try Self.range(String(part), header, path)
      }
    }
    if let twice = firstDuplicate(indices.map { "\($0)" }).flatMap({ Int($0) }) {
      throw PackingError(file: path, "column \"\(header[twice])\" is named twice")
    }
    if let name = indices.map({ header[$0] }).first(where: { name in header.count { $0 == name } > 1 }) {
      throw PackingError(file: path, line: 1, "two columns are called \"\(name)\"")
    }
    (self.indices, names) = (indices, indices.map { header[$0] })
  }

  private static func range(_ part: String, _ header: [String], _ path: String) throws(PackingError) -> [Int] {
    if let index = header.firstIndex(of: part) { return [index] }
    if let dots = part.firstRange(of: "..") {
      let first = try index(String(part[..<dots.lowerBound]), header, path)
      let last = try index(String(part[dots.upperBound...]), header, path)
      guard first <= last else {
        throw PackingError(file: path, "column \"\(header[first])\" comes after \"\(header[last])\"")
      }
      return Array(first...last)
    }
    return [try index(part, header, path)]
  }

  private static func index(_ name: String, _ header: [String], _ path: String) throws(PackingError) -> Int {
    guard let index = header.firstIndex(of: name) else {
      let advice = header.count > 50 ? known(header) : Suggestion.phrase(for: name, among: header)
      throw PackingError(file: path, "there is no column \"\(name)\"; \(advice)")
    }
    return index
  }

  private static func known(_ header: [String]) -> String {
    let more = header.count > 20 ? " and \(header.count - 20) more" : ""
    return "known here: \(header.prefix(20).joined(separator: ", "))\(more)"
  }
}

extension CSVReader {
  /// Reads the first record: the names of the columns.
  mutating func readHeader() throws(PackingError) -> [String] {
    guard try next() else {
      throw PackingError(file: path, "expected a line with the names of the columns, found nothing")
    }
    guard (0..<fieldCount).allSatisfy({ String(validating: field($0), as: UTF8.self) != nil }) else {
      throw PackingError(file: path, line: 1, "the header is not UTF-8; save the table in that encoding")
    }
    let header = (0..<fieldCount).map { CSVCell.trimmed(field($0)).text }
    guard header.count > 1 || !header[0].contains(where: { $0 == ";" || $0 == "\t" }) else {
      throw PackingError(
        file: path, line: 1,
        "the only column is \"\(header[0])\"; separate columns by commas, or by tabs in a file that ends in .tsv. In Python: "
          + "pandas.read_csv(\"\(path)\", sep=None, engine=\"python\").to_csv(\"commas.csv\", index=False), with "
          + "decimal=\",\" for numbers like 1,5")
    }
    return header
  }

  /// Throws unless the record has a field for each column.
  func checkFieldCount(_ count: Int, row: Int) throws(PackingError) {
    guard fieldCount == count else {
      throw PackingError(
        file: path, line: line, "row \(row) has \(fieldCount) fields, the header \(count) columns")
    }
  }
}
