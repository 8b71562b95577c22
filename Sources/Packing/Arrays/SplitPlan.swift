import Storage

/// The source rows of every split: training rows in random order, the others in the order of the arrays.
struct SplitPlan {
  private(set) var rows: [Split: [Int]]

  func rows(of split: Split) -> [Int] { rows[split] ?? [] }

  /// - Parameter first: the source that has `rowCount` rows, for messages.
  init(
    _ request: ArrayRequest, _ rowCount: Int, _ join: RowJoin?, asIn first: String, spoolingIn directory: String
  ) throws {
    var generator = SplitMix64(seed: UInt64(request.seed))
    let order = generator.permutation(count: rowCount)
    var plan: [Split: [Int]] = [:]
    switch request.division {
    case .fractions(let validation, let test):
      guard validation > 0, test > 0, validation + test < 1 else {
        throw PackingError("the fractions for validation and test are above 0 and together below 1")
      }
      let (validation, test) = (
        Int((Double(rowCount) * validation).rounded()), Int((Double(rowCount) * test).rounded())
      )
      plan[.test] = order.prefix(test).sorted()
      plan[.validation] = order[test..<(test + validation)].sorted()
      plan[.train] = Array(order[(test + validation)...])
    case .file(let path):
      let splits = try Self.givenSplits(path, request.key, rowCount, join, asIn: first, spoolingIn: directory)
      for (index, split) in Split.allCases.enumerated() {
        let rows = order.filter { splits[$0] == UInt8(index) }
        plan[split] = split == .train ? rows : rows.sorted()
      }
    }
    rows = plan
    try check(rowCount)
  }

  /// Throws unless every split has a row.
  func check(_ rowCount: Int) throws(PackingError) {
    for split in Split.allCases where rows(of: split).isEmpty {
      throw PackingError("of \(rowCount) rows none would be in the \(split.rawValue) split")
    }
  }

  /// Leaves out some rows, and returns how many.
  mutating func leaveOut(_ isEmpty: (Int) -> Bool) -> Int {
    let before = rows.values.map(\.count).reduce(0, +)
    rows = rows.mapValues { $0.filter { !isEmpty($0) } }
    return before - rows.values.map(\.count).reduce(0, +)
  }

  /// The index of each row's split; of joined data by the key, unless it comes from a `.npy` file.
  private static func givenSplits(
    _ path: String, _ key: String?, _ rowCount: Int, _ join: RowJoin?, asIn first: String,
    spoolingIn directory: String
  ) throws -> [UInt8] {
    let location = SourceLocation(path)
    let given = try location.rows(spoolingIn: directory)
    guard let join, let key, location.kind != .npy else {
      try checkRowCount(of: given, rowCount, asIn: join == nil ? first : "the joined data")
      return try givenSplits(given)
    }
    let splits = try givenSplits(given)
    let mapping = try join.mapping(of: RowKeys(location.keys(key), spoolingIn: directory))
    if let row = mapping.firstIndex(of: -1) {
      throw PackingError(file: given.place, "it has no row with the key of row \(row) of the joined data")
    }
    return mapping.map { splits[$0] }
  }

  /// The index of each row's split.
  private static func givenSplits(_ given: RowSource) throws -> [UInt8] {
    guard given.rowElementCount == 1 else {
      throw PackingError(file: given.place, "expected one number a row, found rows of shape \(given.rowShape)")
    }
    if let row = given.present?.firstIndex(of: false) {
      throw PackingError(file: given.place, "row \(row) has no split; it is 0 (train), 1 (validation) or 2 (test)")
    }
    let places = try given.texts.map { try $0.map { try place(of: $0, given) } }
    if places == nil {
      try given.require("a row belongs to 0 (train), 1 (validation) or 2 (test)") { [0, 1, 2].contains($0) }
    }
    var splits: [UInt8] = []
    try given.forEachBlock { splits += $1.map { number in places?[Int(number)] ?? UInt8(number) } }
    return splits
  }

  private static func place(of text: String, _ given: RowSource) throws(PackingError) -> UInt8 {
    guard let index = Split.allCases.firstIndex(where: { $0.rawValue == text.lowercased() }) else {
      throw PackingError(file: given.place, "\"\(text)\" is no split; there are train, validation and test")
    }
    return UInt8(index)
  }
}
