import Storage

/// Rows of numbers that can be read at any place: an array where it lies in its file, or a spool of one that can only be
/// read in order.
struct RowSource: Sendable {
  /// The file and what was read of it, for messages.
  let place: String
  /// The type of the numbers at their source.
  let kind: NPYElement.Kind
  /// How they lie in `section`.
  let element: NPYElement
  /// Rows first.
  let shape: [Int]
  let section: FileSection
  /// The names of the values of a row; empty if they have none.
  var columnNames: [String] = []
  /// The texts that the numbers count; nil if they are not indices of texts.
  var texts: [String]?
  /// What a stored number stands for, if it is an index.
  var translation: [Double]?
  /// Whether the rows are the bytes of keys.
  var isKeys = false
  /// Which rows have an observation; nil if all have.
  var present: [Bool]?

  /// As in a packed file.
  private static let largestRowElementCount = 1 << 28

  /// - Throws: if there is no row, or no number in it, or too many.
  init(
    place: String, kind: NPYElement.Kind? = nil, element: NPYElement, shape: [Int], _ section: FileSection
  ) throws(PackingError) {
    (self.place, self.element, self.shape, self.section) = (place, element, shape, section)
    self.kind = kind ?? element.kind
    try Self.check(shape, place)
    guard let count = product(of: Array(shape.dropFirst())), count <= Self.largestRowElementCount else {
      throw PackingError(file: place, "a row has at most 2^28 values, found rows of shape \(shape.dropFirst())")
    }
  }

  /// Throws if there is no row or nothing in it.
  static func check(_ shape: [Int], _ place: String) throws(PackingError) {
    guard !shape.isEmpty else {
      throw PackingError(file: place, "expected an array whose first axis counts rows, found a single number")
    }
    guard !shape.contains(0) else { throw PackingError(file: place, "the array is empty, its shape is \(shape)") }
  }

  var rowCount: Int { shape[0] }
  var rowShape: [Int] { Array(shape.dropFirst()) }
  var rowElementCount: Int { shape.dropFirst().reduce(1, *) }
  var rowByteCount: Int { rowElementCount * element.byteCount }
  var isFloat: Bool { kind.isFloat && texts == nil }

  /// The type's name, as NumPy calls it.
  var typeName: String { texts == nil ? "\(kind)" : "texts" }

  func isPresent(_ row: Int) -> Bool { present?[row] ?? true }

  /// Reads rows as they are stored.
  /// - Parameter buffer: exactly the rows' bytes.
  func readRows(_ rows: Range<Int>, into buffer: UnsafeMutableRawBufferPointer) throws(PackingError) {
    try section.fill(buffer, at: rows.lowerBound * rowByteCount)
  }

  /// Calls `body` with all numbers, some rows at a time, and the index of the first of these rows. Those of rows without
  /// an observation mean nothing.
  func forEachBlock(_ body: (_ firstRow: Int, _ numbers: [Double]) throws -> Void) throws {
    try RowBlocks(rowByteCount: rowByteCount).inOrder(rowCount) {
      try readRows($0, into: $1)
    } _: {
      try body($0, numbers(in: $1))
    }
  }

  /// Calls `body` with the rows that have an observation: their indices and their numbers, some rows at a time.
  func forEachPresentBlock(_ body: (_ rows: [Int], _ numbers: [Double]) throws -> Void) throws {
    let width = rowElementCount
    try forEachBlock { first, numbers in
      let rows = Array(first..<(first + numbers.count / width))
      guard let present, !rows.allSatisfy({ present[$0] }) else { return try body(rows, numbers) }
      let kept = rows.filter { present[$0] }
      try body(kept, kept.flatMap { numbers[(($0 - first) * width)..<(($0 - first + 1) * width)] })
    }
  }

  /// Calls `body` with the numbers of these rows, in the order they are given, some rows at a time.
  func forEachBlock(of rows: [Int], _ body: (_ numbers: [Double]) throws -> Void) throws {
    try RowBlocks(rowByteCount: rowByteCount).gathered(rows) {
      try readRows($0, into: $1)
    } _: {
      try body(numbers(in: $0))
    }
  }

  private func numbers(in bytes: [UInt8]) -> [Double] {
    let numbers = element.numbers(in: bytes)
    guard let translation else { return numbers }
    return numbers.map { $0 < 0 ? .nan : translation[Int($0)] }
  }

  /// Throws an error that names the first number which is not allowed.
  /// - Parameter rule: what is allowed, and what to do about other numbers.
  func require(_ rule: String, _ allows: (Double) -> Bool) throws {
    let width = rowElementCount
    try forEachPresentBlock { rows, numbers in
      guard let index = numbers.firstIndex(where: { !allows($0) }) else { return }
      let column = columnNames.isEmpty ? "" : ", column \(columnNames[index % width]),"
      throw PackingError(file: place, "row \(rows[index / width])\(column) has \(plain(numbers[index])); \(rule)")
    }
  }
}

/// A number as a person would write it.
func plain(_ number: Double) -> String { Int(exactly: number).map { "\($0)" } ?? "\(number)" }
