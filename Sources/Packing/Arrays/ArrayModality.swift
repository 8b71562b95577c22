package import Storage

/// How one array becomes a modality.
package struct ArrayModality {
  let source: ArraySource
  let rows: RowSource
  let survey: ArraySurvey
  package private(set) var description: ModalityDescription
  /// The row of the array that each packed row is, -1 if it has none; nil if the rows are those of the array.
  private let mapping: [Int]?
  private let isByContent: Bool
  private let isOneHot: Bool
  /// The numbers of an observation in their order, as places in a row; nil if it is the same.
  private let order: [Int]?

  /// Looks at the whole array, decides, and checks every value against the likelihood.
  init(_ source: ArraySource, _ rows: RowSource, mapping: [Int]? = nil) throws {
    (self.source, self.mapping) = (source, mapping)
    var rows = try rows.naming(source.classNames)
    var survey = try ArraySurvey(rows)
    if source.classNames.isEmpty, let named = rows.naming(codes: survey.distinct) {
      rows = named
      survey = try ArraySurvey(rows)
    }
    self.survey = survey
    guard survey.presentCount > 0 else { throw PackingError(file: rows.place, "no row has \(source.name)") }
    let plan = ArrayPlan(source, rows, survey)
    (self.rows, isByContent) = (rows, source.likelihood == nil)
    (description, isOneHot) = (try plan.description(), plan.isOneHot)
    order = source.hasChannelsLast ? channelsFirst(rows.rowShape) : nil
  }

  /// Opens and looks at one array.
  /// - Parameter directory: where rows may be spooled.
  package init(_ source: ArraySource, spoolingIn directory: String) throws {
    try self.init(source, source.rows(spoolingIn: directory))
  }

  package var rowCount: Int { mapping?.count ?? rows.rowCount }

  /// What was decided, in words.
  var explanation: String {
    let reason = isByContent ? " (by its content; \(source.name)=\(source.location):LIKELIHOOD names another)" : ""
    let content =
      rows.texts.map { "\($0.count) texts" }
      ?? "\(rows.typeName) from \(plain(survey.least)) to \(plain(survey.greatest))"
    let missing = (0..<rowCount).count { !isPresent($0) }
    return "\(source.name): \(content), \(description.likelihood)\(reason), \(meaning)"
      + (missing == 0 ? "" : ", \(missing) of \(rowCount) rows lack it")
  }

  private var meaning: String {
    if description.encoding == .classIndex {
      return "\(description.elementCount) classes" + (isOneHot ? " in one-hot rows" : "")
    }
    let scale =
      description.scale == 1 ? "" : ", grey levels scaled by 1/\(plain((1 / description.scale * 1e6).rounded() / 1e6))"
    let unit = description.standardization == nil ? "" : ", standardised"
    return "shape \(description.shape)\(scale), stored as \(description.elementType.rawValue)\(unit)"
  }

  package func isPresent(_ row: Int) -> Bool { sourceRow(row) != nil }

  /// The row of the array, if this row has an observation.
  private func sourceRow(_ row: Int) -> Int? {
    let place = mapping?[row] ?? row
    return place >= 0 && rows.isPresent(place) ? place : nil
  }

  /// The same with mean and standard deviation of the observations in these rows.
  mutating func standardise(over training: [Int]) throws {
    guard source.isStandardised else { return }
    var isTraining = [Bool](repeating: false, count: rows.rowCount)
    for row in training { if let place = sourceRow(row) { isTraining[place] = true } }
    var moments = Moments(entries: Standardization.entries(of: description.shape), scale: description.scale)
    for _ in 0..<2 {
      try rows.forEachPresentBlock { indices, numbers in
        let width = rows.rowElementCount
        for (place, row) in indices.enumerated() where isTraining[row] {
          moments.add(ordered(numbers[(place * width)..<((place + 1) * width)]))
        }
      }
      moments.endPass()
    }
    try checkPrecision(moments.standardization)
    description = description.standardised(moments.standardization)
  }

  /// A float32 has seven digits: of numbers that differ in the sixth, little would be left.
  private func checkPrecision(_ unit: Standardization) throws(PackingError) {
    let fewDigits = { (mean: Double, deviation: Double) in deviation != 1 && deviation < abs(mean) * 1e-5 }
    guard let entry = unit.mean.indices.first(where: { fewDigits(unit.mean[$0], unit.deviation[$0]) }) else { return }
    let name = rows.columnNames.indices.contains(entry) ? "column \(rows.columnNames[entry])" : "entry \(entry)"
    throw PackingError(
      file: rows.place,
      "\(name) has a mean of \(plain(unit.mean[entry])) and a deviation of \(unit.deviation[entry]), for which the "
        + "seven digits of float32 are too few; subtract an offset from it first, such as the mean")
  }

  /// Calls `body` with the bytes of these rows as the packed file stores them, in the order they are given, some rows at
  /// a time. Those of rows that lack the modality are zeros.
  package func forEachStoredBlock(of rows: [Int], _ body: (_ bytes: [UInt8]) throws -> Void) throws {
    guard mapping != nil || self.rows.present != nil else {
      return try self.rows.forEachBlock(of: rows) { try body(stored($0)) }
    }
    let (size, step) = (description.rowByteCount, max(1, (8 << 20) / max(self.rows.rowByteCount, 1)))
    for first in stride(from: 0, to: rows.count, by: step) {
      let places = rows[first..<min(first + step, rows.count)].map { sourceRow($0) }
      var found: [UInt8] = []
      try self.rows.forEachBlock(of: places.compactMap { $0 }) { found += stored($0) }
      var bytes = [UInt8](repeating: 0, count: places.count * size)
      var next = 0
      for (place, row) in places.enumerated() where row != nil {
        bytes.replaceSubrange((place * size)..<((place + 1) * size), with: found[next..<(next + size)])
        next += size
      }
      try body(bytes)
    }
  }

  private func ordered(_ row: ArraySlice<Double>) -> [Double] {
    order.map { $0.map { row[row.startIndex + $0] } } ?? Array(row)
  }

  private func stored(_ numbers: [Double]) -> [UInt8] {
    var values = isOneHot ? classIndices(numbers) : numbers
    if order != nil {
      let width = rows.rowElementCount
      values = stride(from: 0, to: numbers.count, by: width).flatMap { ordered(numbers[$0..<($0 + width)]) }
    }
    if let levels = source.levels, levels.lowerBound != 0 {
      let extent = levels.upperBound - levels.lowerBound
      values = values.map { ($0 - levels.lowerBound) / extent }
    }
    return switch description.elementType {
    case .uint8: values.map { UInt8($0) }
    case .int32: values.map { Int32($0) }.withUnsafeBytes { Array($0) }
    default: values.map { Float($0) }.withUnsafeBytes { Array($0) }
    }
  }

  private func classIndices(_ oneHot: [Double]) -> [Double] {
    let width = description.elementCount
    return oneHot.indices.filter { oneHot[$0] == 1 }.map { Double($0 % width) }
  }
}

/// Where in a row `[height, width, channels]` each number of `[channels, height, width]` lies.
private func channelsFirst(_ row: [Int]) -> [Int] {
  let (pixels, channels) = (row[0] * row[1], row[2])
  return (0..<channels).flatMap { channel in (0..<pixels).map { $0 * channels + channel } }
}

extension ModalityDescription {
  fileprivate func standardised(_ standardization: Standardization) -> ModalityDescription {
    var copy = self
    copy.standardization = standardization
    return copy
  }
}
