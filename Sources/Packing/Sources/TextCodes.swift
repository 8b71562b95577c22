/// Turns texts into class indices, or into keys, one row after the other.
struct TextCodes: ~Copyable {
  /// More are an identifier and not a class.
  static let largestCount = 1 << 16

  private let place: String
  private let areKeys: Bool
  private var spool: SpoolFile
  private var codes: [String: Int32] = [:]
  private var present: [Bool] = []
  private var hasGaps = false

  init(place: String, _ content: SourceContent, in directory: String) throws(PackingError) {
    (self.place, areKeys) = (place, content == .keys)
    spool = try SpoolFile(in: directory)
  }

  /// - Parameter text: nil or empty if the row has none.
  mutating func append(_ text: String?) throws(PackingError) {
    let text = text.flatMap { $0.isEmpty ? nil : $0 }
    present.append(text != nil)
    hasGaps = hasGaps || text == nil
    if areKeys {
      try spool.append(RowKey(text.map(Self.key) ?? "").bytes)
    } else {
      try spool.append(try text.map { text throws(PackingError) in try code(of: text) } ?? -1)
    }
  }

  /// pandas writes whole numbers as floats where a cell of the column is missing.
  private static func key(_ text: String) -> String {
    text.hasSuffix(".0") && Int(text.dropLast(2)) != nil ? String(text.dropLast(2)) : text
  }

  private mutating func code(of text: String) throws(PackingError) -> Int32 {
    if let code = codes[text] { return code }
    guard codes.count < Self.largestCount else {
      throw PackingError(
        file: place,
        "row \(present.count - 1) has the \(Self.largestCount + 1)th different text, \"\(text)\": identifiers, not "
          + "classes")
    }
    let code = Int32(codes.count)
    codes[text] = code
    return code
  }

  /// The rows: texts as indices into the sorted texts, or numbers if every text is a whole number and `readsNumbers`;
  /// or the bytes of keys.
  consuming func finish(readsNumbers: Bool = false) throws(PackingError) -> RowSource {
    let (place, present, hasGaps) = (place, present, hasGaps)
    guard present.contains(true) else { throw PackingError(file: place, "no row has a value") }
    guard !areKeys else {
      let shape = [present.count, RowKey.byteCount]
      var rows = try RowSource(place: place, element: NPYElement(.uint8), shape: shape, try spool.finish())
      (rows.isKeys, rows.present) = (true, hasGaps ? present : nil)
      return rows
    }
    let texts = codes.sorted { $0.value < $1.value }.map(\.key)
    let numbers = readsNumbers ? texts.compactMap { Double($0) }.filter { $0 == $0.rounded() } : []
    let sorted = texts.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    let ranks = Dictionary(uniqueKeysWithValues: zip(sorted, sorted.indices))
    var rows = try RowSource(
      place: place, kind: .int64, element: NPYElement(.int32), shape: [present.count], try spool.finish())
    let isNumeric = numbers.count == texts.count
    rows.texts = isNumeric ? nil : sorted
    rows.translation = isNumeric ? numbers : texts.map { Double(ranks[$0] ?? 0) }
    rows.present = hasGaps ? present : nil
    return rows
  }
}
