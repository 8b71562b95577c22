/// One rank's diagnosis of a step whose loss or gradient is not finite.
struct Diagnosis: Codable {
  var rank: Int
  var host: String
  /// Terms of the objective that are not finite.
  var terms: [String]
  /// The first tensor whose gradient is not finite or too large, or whose running statistic is not finite.
  var tensor: NonFiniteTensor?
  /// Rows of the training split whose terms, each row alone in evaluation mode, are not finite or outliers.
  var suspectRows: [Int]
  /// All rows of its part of the batch.
  var rows: [Int]
  /// Modalities of numbers or counts whose values in its part of the batch are larger than training can use.
  var largeModalities: [ModalityRange] = []

  var foundSomething: Bool { !terms.isEmpty || tensor != nil }
}

/// The smallest and largest value of a modality of numbers or counts in some rows.
struct ModalityRange: Codable {
  /// Networks start with weights for values of about 1, and so do variances and rates, learned or not. Values of some
  /// tens do no harm.
  static let largest: Float = 1000

  var modality: String
  var isOfCounts: Bool
  var low: Float
  var high: Float

  var isLarge: Bool { low.isFinite && high.isFinite && max(-low, high) > Self.largest }
}

/// A step that no rank takes because a loss or gradient is not finite. All ranks throw the same error.
package struct NonFiniteStep: Error, CustomStringConvertible {
  private let step: UInt64
  private let diagnoses: [Diagnosis]

  /// - Parameter diagnoses: of every rank.
  init(step: UInt64, _ diagnoses: [Diagnosis]) { (self.step, self.diagnoses) = (step, diagnoses) }

  package var description: String {
    "step \(step): \(finding). No weight was changed; the last checkpoint, if there is one, stays"
  }

  private var finding: String {
    if let statistic { return statistic }
    let rows = diagnoses.reduce(0) { $0 + $1.rows.count }
    let isAnyRow = rows > 1 && diagnoses.allSatisfy { $0.suspectRows.count == $0.rows.count }
    let suspects = diagnoses.filter { !$0.suspectRows.isEmpty }
    if isAnyRow || suspects.isEmpty, let largeData { return "\(what): \(largeData)" }
    if isAnyRow { return "\(what) for any row: the weights have diverged. Try a smaller training.learning_rate" }
    let named = suspects.isEmpty ? diagnoses.filter(\.foundSomething) : suspects
    return "\(what): \(list(named.map(\.phrase), most: 4, separator: "; ")). "
      + "Look at the data of these rows, or try a smaller training.learning_rate"
  }

  private var what: String {
    isLoss ? "the loss is not finite" : "a gradient is not finite, or enormous"
  }

  private var isLoss: Bool { diagnoses.contains { !$0.terms.isEmpty } }

  /// What to say if nothing is wrong but a running statistic; it is the same one on all ranks.
  private var statistic: String? {
    guard !isLoss, case .statistic(let name) = diagnoses.first?.tensor else { return nil }
    return "a running statistic is not finite: \(name), because the squares of what its batch norm reads overflow. "
      + "Look at the data, or try a smaller training.learning_rate"
  }

  /// What to do about data that is too large; nil if there is none.
  private var largeData: String? {
    let ranges = diagnoses.flatMap(\.largeModalities)
    guard let first = ranges.first else { return nil }
    let own = ranges.filter { $0.modality == first.modality }
    let (low, high) = (own.map(\.low).min() ?? 0, own.map(\.high).max() ?? 0)
    let advice =
      first.isOfCounts
      ? "networks start with rates of about 1. Count in larger units, or pack log(1 + x) as FILE:gaussian,standardise"
      : "a likelihood of numbers starts with scale 1. Standardise them: pack them again as FILE:gaussian,standardise or "
        + "FILE:laplace,standardise; a learned scale alone would take too long"
    return
      "the values of \(first.modality) go from \(low) to \(high) in this batch, and \(advice). If training went well "
      + "until here, try a smaller training.learning_rate"
  }
}

extension Diagnosis {
  /// Such as `rank 1 (node2): sensor, row 17 of the training split`.
  fileprivate var phrase: String {
    let gradient = if case .gradient(let name) = tensor { "gradient of \(name)" } else { "unknown" }
    let source = terms.isEmpty ? gradient : list(terms, most: 8)
    let listed = suspectRows.isEmpty ? rows : suspectRows
    let noun = suspectRows.isEmpty ? "one of rows" : listed.count == 1 ? "row" : "rows"
    return "rank \(rank) (\(host)): \(source), \(noun) \(list(listed.map(String.init), most: 16)) of the training split"
  }
}

/// `a, b, c and 5 more`.
private func list(_ items: [String], most: Int, separator: String = ", ") -> String {
  let rest = items.count > most ? " and \(items.count - most) more" : ""
  return items.prefix(most).joined(separator: separator) + rest
}
