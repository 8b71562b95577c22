/// One rank's diagnosis of a step whose loss or gradient is not finite.
struct Diagnosis: Codable {
  var rank: Int
  var host: String
  /// Terms of the objective that are not finite.
  var terms: [String]
  /// The first tensor whose gradient is not finite or too large.
  var tensor: String?
  /// Rows of the training split whose terms, each row alone in evaluation mode, are not finite or outliers.
  var suspectRows: [Int]
  /// All rows of its part of the batch.
  var rows: [Int]

  var foundSomething: Bool { !terms.isEmpty || tensor != nil }
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
    let isLoss = diagnoses.contains { !$0.terms.isEmpty }
    let what = isLoss ? "the loss is not finite" : "a gradient is not finite, or enormous"
    let rows = diagnoses.reduce(0) { $0 + $1.rows.count }
    if rows > 1, diagnoses.allSatisfy({ $0.suspectRows.count == $0.rows.count }) {
      return "\(what) for any row: the weights have diverged. Try a smaller training.learning_rate"
    }
    let suspects = diagnoses.filter { !$0.suspectRows.isEmpty }
    let named = suspects.isEmpty ? diagnoses.filter(\.foundSomething) : suspects
    return "\(what): \(list(named.map(\.phrase), most: 4, separator: "; ")). "
      + "Look at the data of these rows, or try a smaller training.learning_rate"
  }
}

extension Diagnosis {
  /// Such as `rank 1 (node2): sensor, row 17 of the training split`.
  fileprivate var phrase: String {
    let source = terms.isEmpty ? tensor.map { "gradient of \($0)" } ?? "unknown" : list(terms, most: 8)
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
