import Hashing

/// The key of a row, as the first half of the SHA-256 of its text: 16 bytes, whatever the keys are.
struct RowKey: Hashable {
  static let byteCount = 16
  let high: UInt64
  let low: UInt64

  init(_ text: String) {
    let hash = SHA256()
    hash.update(Array(text.utf8))
    self.init(hash.digest().map { Double($0) }[...])
  }

  /// - Parameter bytes: as numbers from 0 to 255.
  fileprivate init(_ bytes: ArraySlice<Double>) {
    func word(_ bytes: ArraySlice<Double>) -> UInt64 { bytes.reduce(0) { $0 << 8 | UInt64($1) } }
    (high, low) = (word(bytes.prefix(8)), word(bytes.dropFirst(8).prefix(8)))
  }

  var bytes: [UInt8] {
    [high, low].flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> (56 - 8 * $0)) } }
  }
}

/// The key of every row of a source.
struct RowKeys {
  let place: String
  let keys: [RowKey]

  /// Reads a column of keys: texts, or whole numbers, which are the same as the texts of their digits.
  init(_ location: SourceLocation, spoolingIn directory: String) throws {
    let rows = try location.rows(.keys, spoolingIn: directory)
    if let row = rows.present?.firstIndex(of: false) {
      throw PackingError(file: rows.place, "row \(row) has no key")
    }
    var keys: [RowKey] = []
    if rows.isKeys {
      try rows.forEachBlock { _, numbers in
        keys += stride(from: 0, to: numbers.count, by: RowKey.byteCount)
          .map { RowKey(numbers[$0..<($0 + RowKey.byteCount)]) }
      }
    } else {
      guard rows.rowElementCount == 1 else {
        throw PackingError(file: rows.place, "expected one key a row, found rows of shape \(rows.rowShape)")
      }
      try rows.require("keys are texts, or whole numbers of up to 15 digits") { $0 == $0.rounded() && abs($0) < 1e15 }
      try rows.forEachBlock { keys += $1.map { RowKey(rows.texts?[Int($0)] ?? plain($0)) } }
    }
    (place, self.keys) = (rows.place, keys)
  }
}

/// Which rows of several sources belong together: those of one key.
struct RowJoin {
  /// The rows of the first source in their order, then those that only later ones have.
  private(set) var rowCount = 0
  /// For each source the row that each joined row is, -1 if it has none.
  private(set) var mappings: [[Int]] = []
  private var places: [RowKey: Int] = [:]

  init(_ sources: [RowKeys]) throws(PackingError) {
    for source in sources { mappings.append(try add(source)) }
    mappings = mappings.map { $0 + [Int](repeating: -1, count: rowCount - $0.count) }
  }

  private mutating func add(_ source: RowKeys) throws(PackingError) -> [Int] {
    var mapping = [Int](repeating: -1, count: rowCount)
    for (row, key) in source.keys.enumerated() {
      guard let place = places[key] else {
        places[key] = rowCount
        rowCount += 1
        mapping.append(row)
        continue
      }
      guard mapping[place] < 0 else {
        throw PackingError(
          file: source.place, "row \(row) has the same key as row \(mapping[place]); a key names one row of a source")
      }
      mapping[place] = row
    }
    return mapping
  }

  /// Whether no row is of more than one of several sources.
  var isDisjoint: Bool {
    mappings.count > 1 && (0..<rowCount).allSatisfy { row in mappings.count { $0[row] >= 0 } == 1 }
  }

  /// The row of a further source that each joined row is; its other rows do not count.
  func mapping(of source: RowKeys) throws(PackingError) -> [Int] {
    var mapping = [Int](repeating: -1, count: rowCount)
    for (row, key) in source.keys.enumerated() { if let place = places[key] { mapping[place] = row } }
    return mapping
  }
}
