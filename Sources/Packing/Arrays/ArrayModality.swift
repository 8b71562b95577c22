package import Storage

/// How one array becomes a modality.
package struct ArrayModality {
  /// More are an identifier and not a class.
  private static let largestClassCount = 1 << 16

  let array: NPYFile
  package let description: ModalityDescription
  /// What was decided, in words.
  let explanation: String
  private let isOneHot: Bool

  /// Looks at the whole array, decides, and checks every value against the likelihood.
  package init(_ source: ArraySource) throws {
    array = try NPYFile(source.path)
    let survey = try ArraySurvey(array)
    let likelihood = source.likelihood ?? Self.likelihood(of: array, survey)
    guard likelihood == .categorical || source.classNames.isEmpty else {
      throw PackingError("\(source.name) is \(likelihood.rawValue); only a categorical modality has class names")
    }
    let meaning: String
    switch likelihood {
    case .categorical:
      isOneHot = array.rowElementCount > 1
      description = try Self.classes(source, array, survey)
      meaning = "\(description.elementCount) classes" + (isOneHot ? " in one-hot rows" : "")
    case .bernoulli, .gaussian:
      isOneHot = false
      description = try Self.values(source, likelihood, array, survey)
      let scale = description.scale == 1 ? "" : ", grey levels scaled by 1/255"
      meaning = "shape \(description.shape)\(scale), stored as \(description.elementType.rawValue)"
    }
    let reason =
      source.likelihood == nil ? " (by its content; \(source.name)=\(source.path):LIKELIHOOD names another)" : ""
    explanation =
      "\(source.name): \(array.element.name) from \(plain(survey.least)) to \(plain(survey.greatest)), "
      + "\(likelihood.rawValue)\(reason), \(meaning)"
  }

  package var rowCount: Int { array.rowCount }

  /// Calls `body` with the bytes of these rows as the packed file stores them, in the order they are given, some rows at
  /// a time.
  package func forEachStoredBlock(of rows: [Int], _ body: (_ bytes: [UInt8]) throws -> Void) throws {
    try array.forEachBlock(of: rows) { try body(stored($0)) }
  }

  private func stored(_ numbers: [Double]) -> [UInt8] {
    let values = isOneHot ? classIndices(numbers) : numbers
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

  /// What data of this kind usually is.
  private static func likelihood(of array: NPYFile, _ survey: ArraySurvey) -> ArraySource.Likelihood {
    if array.shape.count == 1 && !array.element.isFloat { return .categorical }
    return array.element.kind == .uint8 || survey.lies(within: 0...1) ? .bernoulli : .gaussian
  }

  private static func classes(
    _ source: ArraySource, _ array: NPYFile, _ survey: ArraySurvey
  ) throws -> ModalityDescription {
    let count = try array.rowElementCount > 1 ? oneHotWidth(array, survey) : classCount(source, array, survey)
    guard source.classNames.isEmpty || source.classNames.count == count else {
      throw PackingError(
        file: source.path, "\(source.classNames.count) class names are given for rows of \(count) classes")
    }
    return ModalityDescription(
      name: source.name, shape: [count], likelihood: "categorical", encoding: .classIndex,
      elementType: count <= 256 ? .uint8 : .int32, classNames: source.classNames)
  }

  private static func oneHotWidth(_ array: NPYFile, _ survey: ArraySurvey) throws(PackingError) -> Int {
    guard array.shape.count == 2 else {
      throw PackingError(
        file: array.path, "classes are one index a row, or one-hot rows; the rows have shape \(array.rowShape)")
    }
    if let row = survey.firstRowNotOneHot {
      throw PackingError(file: array.path, "row \(row) is not one-hot: expected a single 1 among zeros")
    }
    return array.rowElementCount
  }

  /// One more than the greatest index, unless the classes are named.
  private static func classCount(_ source: ArraySource, _ array: NPYFile, _ survey: ArraySurvey) throws -> Int {
    guard !array.element.isFloat else {
      throw PackingError(file: array.path, "class indices are whole numbers, the array is of \(array.element.name)")
    }
    let count = source.classNames.isEmpty ? Self.largestClassCount : source.classNames.count
    if !survey.lies(within: 0...Double(count - 1)) {
      try array.require("the classes are 0 to \(count - 1); for other data name gaussian as the likelihood") {
        $0 >= 0 && $0 < Double(count)
      }
    }
    return source.classNames.isEmpty ? Int(survey.greatest) + 1 : count
  }

  private static func values(
    _ source: ArraySource, _ likelihood: ArraySource.Likelihood, _ array: NPYFile, _ survey: ArraySurvey
  ) throws -> ModalityDescription {
    let isGrey = array.element.kind == .uint8 && survey.greatest > 1
    let range =
      likelihood == .bernoulli ? 0...1 : -Double(Float.greatestFiniteMagnitude)...Double(Float.greatestFiniteMagnitude)
    if !isGrey && !survey.lies(within: range) {
      let rule =
        likelihood == .bernoulli
        ? "values of a bernoulli likelihood lie between 0 and 1, and grey levels 0 to 255 are of uint8"
        : "values of a gaussian likelihood are finite and fit float32"
      try array.require(rule) { range.contains($0) }
    }
    let isSmall = isGrey || (!array.element.isFloat && survey.lies(within: 0...1))
    return ModalityDescription(
      name: source.name, shape: try observationShape(source, array), likelihood: likelihood.rawValue,
      encoding: .values, elementType: isSmall ? .uint8 : .float32, scale: isGrey ? 1 / 255 : 1)
  }

  /// Models know vectors and pictures, [channels, height, width].
  private static func observationShape(_ source: ArraySource, _ array: NPYFile) throws(PackingError) -> [Int] {
    let row = array.rowShape
    if let shape = source.shape {
      guard product(of: shape) == array.rowElementCount else {
        throw PackingError(
          file: source.path, "\(source.name) cannot have shape \(shape): the rows of the array are of shape \(row)")
      }
      return shape
    }
    switch row.count {
    case 0: return [1]
    case 1: return row
    case 2: return [1] + row
    case 3 where !isChannelCount(row[2]) || isChannelCount(row[0]): return row
    default:
      throw PackingError(
        file: source.path,
        "rows of shape \(row) are no vector and no picture with channels first (numpy.moveaxis); "
          + "if they are meant so, give --shape")
    }
  }

  private static func isChannelCount(_ extent: Int) -> Bool { extent == 1 || extent == 3 }
}
