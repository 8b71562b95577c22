/// One kind of observation in a packed dataset.
package struct ModalityDescription: Equatable, Sendable {
  /// How a row is stored.
  package enum Encoding: String, Sendable {
    /// All numbers of the row; the observation is `stored * scale`.
    case values
    /// One whole number, the index of the class; the observation is the one-hot vector.
    case classIndex = "class_index"
  }

  package var name: String
  /// The shape of one observation: `[channels, height, width]` of a picture, `[classes]` of a class.
  package var shape: [Int]
  /// The likelihood the data suggests: `bernoulli`, `categorical`, `gaussian`, `laplace`, `poisson`,
  /// `negative_binomial`.
  package let likelihood: String
  package let encoding: Encoding
  /// `uint8` or `float32` for values, `uint8` or `int32` for class indices.
  package let elementType: ElementType
  /// A stored number times this is the observed one.
  package let scale: Double
  /// The name of each class (or of each value); empty if they have none.
  package var classNames: [String]
  /// What models see instead of the observed numbers; nil if they see these.
  package var standardization: Standardization?

  package init(
    name: String, shape: [Int], likelihood: String, encoding: Encoding, elementType: ElementType, scale: Double = 1,
    classNames: [String] = [], standardization: Standardization? = nil
  ) {
    (self.name, self.shape, self.likelihood) = (name, shape, likelihood)
    (self.encoding, self.elementType) = (encoding, elementType)
    (self.scale, self.classNames, self.standardization) = (scale, classNames, standardization)
  }

  /// The most an observed value of a Bernoulli likelihood may be: 1, and a little room for a scale, such as 1/255, that
  /// was rounded to six digits or to `float32`.
  package static let largestProbability = 1 + 1e-6

  /// How many numbers one observation has; the number of classes of a class index.
  package var elementCount: Int { shape.reduce(1, *) }

  /// The shape of what there is one of for each entry of the first axis.
  var firstAxis: [Int] { Array(shape.prefix(1)) }

  /// The bytes one row has in the file, and in the buffer of `readRows`.
  package var rowByteCount: Int { elementType.byteCount * rowShape.reduce(1, *) }

  /// The shape of one stored row: empty for a class index.
  private var rowShape: [Int] { encoding == .values ? shape : [] }

  /// The shape of a dataset of `rowCount` rows.
  func storedShape(rowCount: Int) -> [Int] { [rowCount] + rowShape }

  private var storableTypes: [ElementType] { encoding == .values ? [.uint8, .float32] : [.uint8, .int32] }

  /// As for the layers of a model.
  private static let largestElementCount = 1 << 28

  /// Taken by the file itself, and by the parts of models that belong to no modality.
  private static let reservedNames = [PackedLayout.sourceRow, "core", "joint"]

  /// Throws what makes this description useless, naming the modality in the file at `path`.
  func validate(path: String) throws(StorageError) {
    func check(_ condition: Bool, _ problem: String) throws(StorageError) {
      guard !condition else { return }
      throw StorageError(.format, object: "modalities/\(name)", path: path, problem)
    }
    if let objection = Self.objection(toName: name) { try check(false, objection) }
    try check(Self.isIdentifier(likelihood), "the likelihood is one word, found \"\(likelihood)\"")
    try check(!shape.isEmpty && shape.allSatisfy { $0 > 0 }, "a shape has positive extents, found \(shape)")
    try check(
      Storage.product(of: shape).map { $0 <= Self.largestElementCount } ?? false,
      "a row has at most 2^28 values, found the shape \(shape)")
    try check(encoding == .values || shape.count == 1, "class indices have shape [classes], found \(shape)")
    try check(
      storableTypes.contains(elementType),
      "\(encoding.rawValue) are stored as \(storableTypes[0]) or \(storableTypes[1]), found \(elementType)")
    try check(scale.isFinite && scale > 0, "the scale is a positive number, found \(scale)")
    try check(encoding == .values || scale == 1, "the scale of class indices is 1, found \(scale)")
    try check(
      classNames.isEmpty || classNames.count == elementCount,
      "\(elementCount) class names expected, found \(classNames.count)")
    try check(!classNames.contains { $0.contains(where: \.isNewline) }, "a class name is one line")
    guard let standardization else { return }
    try check(encoding == .values, "classes cannot be standardised")
    for numbers in [standardization.mean, standardization.deviation] {
      try check(
        numbers.count == shape[0] && numbers.allSatisfy(\.isFinite),
        "mean and deviation have \(shape[0]) finite numbers each, one for each entry of the first axis")
    }
    try check(standardization.deviation.allSatisfy { $0 > 0 }, "standard deviations are above 0")
  }

  /// Why no modality can have this name; nil if one can.
  package static func objection(toName name: String) -> String? {
    guard isIdentifier(name) else {
      return "the name of a modality consists of letters, digits, - and _, found \"\(name)\""
    }
    return reservedNames.contains(name) ? "a modality cannot be called \(name)" : nil
  }

  private static func isIdentifier(_ text: String) -> Bool {
    !text.isEmpty && text.utf8.allSatisfy { UInt8(ascii: "a")...UInt8(ascii: "z") ~= $0 | 0x20 || isDigitOrDash($0) }
  }

  private static func isDigitOrDash(_ byte: UInt8) -> Bool {
    UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_")
  }
}
