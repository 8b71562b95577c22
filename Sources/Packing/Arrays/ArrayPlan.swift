import Storage

/// Decides how an array is described, and rejects what its likelihood excludes.
struct ArrayPlan {
  let source: ArraySource
  let rows: RowSource
  private let survey: ArraySurvey
  private let likelihood: ArraySource.Likelihood

  init(_ source: ArraySource, _ rows: RowSource, _ survey: ArraySurvey) {
    (self.source, self.rows, self.survey) = (source, rows, survey)
    likelihood = source.likelihood ?? Self.likelihood(of: rows, survey)
  }

  var isOneHot: Bool { likelihood == .categorical && rows.rowElementCount > 1 }

  func description() throws -> ModalityDescription {
    guard likelihood == .categorical || source.classNames.isEmpty else {
      throw PackingError("\(source.name) is \(likelihood.rawValue); only a categorical modality has class names")
    }
    guard likelihood == .categorical || rows.texts == nil else {
      throw PackingError(
        file: rows.place, "it holds texts, which are classes; \(source.name) cannot be \(likelihood.rawValue)")
    }
    guard !source.hasChannelsLast || (likelihood != .categorical && source.shape == nil) else {
      throw PackingError("\(source.name) has a stated shape or classes, so --channels-last says nothing about it")
    }
    return likelihood == .categorical ? try classes() : try values()
  }

  /// What data of this kind usually is.
  private static func likelihood(of rows: RowSource, _ survey: ArraySurvey) -> ArraySource.Likelihood {
    if rows.shape.count == 1 && !rows.isFloat { return .categorical }
    return rows.kind == .uint8 || survey.lies(within: 0...1) ? .bernoulli : .gaussian
  }

  private func classes() throws -> ModalityDescription {
    let count = try rows.texts?.count ?? (isOneHot ? oneHotWidth() : classCount())
    guard source.classNames.isEmpty || source.classNames.count == count else {
      throw PackingError(
        file: rows.place, "\(source.classNames.count) class names are given for rows of \(count) classes")
    }
    return ModalityDescription(
      name: source.name, shape: [count], likelihood: "categorical", encoding: .classIndex,
      elementType: count <= 256 ? .uint8 : .int32, classNames: rows.texts ?? source.classNames)
  }

  private func oneHotWidth() throws(PackingError) -> Int {
    guard rows.shape.count == 2 else {
      throw PackingError(
        file: rows.place, "classes are one index a row, or one-hot rows; the rows have shape \(rows.rowShape)")
    }
    if let row = survey.firstRowNotOneHot {
      throw PackingError(file: rows.place, "row \(row) is not one-hot: expected a single 1 among zeros")
    }
    return rows.rowElementCount
  }

  /// One more than the greatest index, unless the classes are named.
  private func classCount() throws -> Int {
    if !survey.isWhole { try rows.require("class indices are whole numbers") { $0 == $0.rounded() } }
    let count = source.classNames.isEmpty ? TextCodes.largestCount : source.classNames.count
    if !survey.lies(within: 0...Double(count - 1)) {
      let advice =
        survey.least == -1
        ? "; where -1 says that there is none give --missing=-1, and flags of -1 and 1 are :bernoulli,min=-1" : ""
      let rule = "the classes are 0 to \(count - 1); for other data name gaussian as the likelihood\(advice)"
      try rows.require(rule) { $0 >= 0 && $0 < Double(count) }
    }
    return source.classNames.isEmpty ? Int(survey.greatest) + 1 : count
  }

  private func values() throws -> ModalityDescription {
    let isGrey =
      rows.kind == .uint8 && survey.greatest > 1 && !likelihood.isOfCounts && source.levels == nil
      && !source.isStandardised
    try checkValues(isGrey: isGrey)
    let shape = try observationShape()
    let hasNames = !rows.columnNames.isEmpty && shape == [rows.columnNames.count]
    return ModalityDescription(
      name: source.name, shape: shape, likelihood: likelihood.rawValue, encoding: .values,
      elementType: isGrey || fitsBytes ? .uint8 : .float32, scale: isGrey ? 1 / 255 : levelScale,
      classNames: hasNames ? rows.columnNames : [])
  }

  /// Levels that begin at 0 are stored as they are; others become 0 to 1 before.
  private var levelScale: Double {
    source.levels.map { $0.lowerBound == 0 ? 1 / $0.upperBound : 1 } ?? 1
  }

  private var fitsBytes: Bool {
    let areBytes = survey.isWhole && survey.lies(within: 0...255)
    if let levels = source.levels {
      return levels.lowerBound == 0
        ? areBytes : survey.isOfTwoValues && survey.least == levels.lowerBound && survey.greatest == levels.upperBound
    }
    if rows.kind == .uint8, source.isStandardised { return true }
    return likelihood.isOfCounts ? areBytes : !rows.isFloat && survey.lies(within: 0...1)
  }

  private func checkValues(isGrey: Bool) throws {
    if likelihood.isOfCounts {
      guard !survey.isWhole || !survey.lies(within: 0...Double(Float.greatestFiniteMagnitude)) else { return }
      return try rows.require("values of a \(likelihood.rawValue) likelihood are counts: whole numbers from 0 on") {
        $0.isFinite && $0 >= 0 && $0 == $0.rounded()
      }
    }
    let largest = Double(Float.greatestFiniteMagnitude)
    let range = likelihood == .bernoulli ? source.levels ?? 0...1 : -largest...largest
    guard !isGrey, !survey.lies(within: range) else { return }
    try rows.require(rule) { range.contains($0) }
  }

  private var rule: String {
    let gaps = survey.isFinite ? "" : "; with --missing nan a row lacks the modality if all its values are NaN"
    guard likelihood == .bernoulli else {
      return "values of a \(likelihood.rawValue) likelihood are finite and fit float32\(gaps)"
    }
    if let levels = source.levels {
      return "the levels of \(source.name) are \(plain(levels.lowerBound)) to \(plain(levels.upperBound))\(gaps)"
    }
    let levels =
      survey.isWhole && survey.least >= 0
      ? "; grey levels of another type have their range named: :bernoulli,max=255"
      : survey.isWhole && survey.least == -1 ? "; for flags of -1 and 1 write :bernoulli,min=-1" : ""
    return "values of a bernoulli likelihood lie between 0 and 1, and grey levels 0 to 255 are of uint8\(levels)\(gaps)"
  }
}
