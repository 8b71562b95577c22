/// What papers report of multimodal models besides likelihoods (spec section 11).
package enum Measure: String, Codable, Sendable {
  /// The part of test rows of which what is decoded from others has the row's class.
  case conditionalCoherence = "conditional coherence"
  /// Its mean over what is decoded, then over all subsets of one size.
  case meanConditionalCoherence = "mean conditional coherence"
  /// The part of draws from the prior of which all modalities have one class.
  case jointCoherence = "joint coherence"
  /// Between features of what is decoded and those of test rows.
  case frechetDistance = "Fréchet distance"
  /// The same of training rows.
  case frechetFloor = "Fréchet distance, training rows"
  /// The part of test rows whose class a logistic regression tells from posterior means.
  case linearProbe = "linear probe"
  case meanSquaredError = "MSE"
  /// In decibels.
  case signalToNoise = "PSNR"
  case similarity = "SSIM"

  /// Whether it is a part of rows.
  package var isShare: Bool {
    [.conditionalCoherence, .meanConditionalCoherence, .jointCoherence, .linearProbe].contains(self)
  }
}

/// One measure of a model.
package struct MeasureEstimate: Codable, Equatable, Sendable {
  package var measure: Measure
  /// A modality, several, or a latent.
  package var of: String
  /// What was seen; empty for draws from the prior, and where nothing was decoded.
  package var given: [String]
  /// Of a mean over all subsets of one size.
  package var subsetSize: Int?
  package var value: Double
  /// Nil where it cannot be told.
  package var standardError: Double?
  /// Rows, or draws, that it is of.
  package var rows: Int
  /// The part of test rows that the classifier which judged has right, of several the lowest; nil where none did.
  package var classifierAccuracy: Double?

  package init(
    _ measure: Measure, of: String, given: [String], subsetSize: Int? = nil, value: Double,
    standardError: Double?, rows: Int, classifierAccuracy: Double? = nil
  ) {
    (self.measure, self.of, self.given, self.subsetSize) = (measure, of, given, subsetSize)
    (self.value, self.standardError, self.rows) = (value, standardError, rows)
    self.classifierAccuracy = classifierAccuracy
  }

  package enum CodingKeys: String, CodingKey {
    case measure, of, given, value, rows
    case subsetSize = "subset_size"
    case standardError = "standard_error"
    case classifierAccuracy = "classifier_accuracy"
  }

  /// What tells it from the other measures of a model.
  var place: [String] { [measure.rawValue, of, source] }

  /// Such as `image, label`, or `prior`.
  package var source: String {
    if let subsetSize { return "each \(subsetSize)" }
    if measure == .frechetFloor { return "-" }
    return given.isEmpty ? "prior" : given.joined(separator: ", ")
  }

  /// The columns of a table, of which the first `textColumns` hold words.
  package static let header = ["measure", "of", "given", "value", "std. error", "rows", "classifier"]
  package static let textColumns = 3

  /// For people: parts of rows in percent.
  package var text: (value: String, standardError: String, classifierAccuracy: String) {
    func percent(_ value: Double) -> String { "\((100 * value).formatted(digits: 1)) %" }
    let error = standardError.map { measure.isShare ? percent($0) : $0.formatted(digits: 4) }
    return (
      measure.isShare ? percent(value) : value.formatted(digits: 4), error ?? "-",
      classifierAccuracy.map(percent) ?? "-"
    )
  }
}

extension [MeasureEstimate] {
  /// A table for people.
  package var text: String {
    var table = TextTable(header: Element.header, textColumns: Element.textColumns)
    for estimate in self {
      let text = estimate.text
      table.add([
        estimate.measure.rawValue, estimate.of, estimate.source, text.value, text.standardError, "\(estimate.rows)",
        text.classifierAccuracy,
      ])
    }
    return table.text
  }
}
