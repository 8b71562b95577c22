package import Configuration

/// One importance-sampled quantity: log p(targets), proposed from what is given. Modalities by index, ascending.
package struct LikelihoodQuery: Hashable, Sendable {
  package let given: [Int]
  package let targets: [Int]

  package init(given: [Int], targets: [Int]) {
    (self.given, self.targets) = (given.sorted(), targets.sorted())
  }
}

/// One row of the paper's tables.
package struct LikelihoodRow: Sendable {
  /// Such as `log p(image, label)`.
  package let quantity: String
  /// Names of the given modalities.
  package let given: [String]
  package let joint: LikelihoodQuery
  /// Subtracted from `joint`, row by row: makes a conditional of it.
  package let condition: LikelihoodQuery?

  /// Such as `image, label` or `prior`.
  package var source: String { given.isEmpty ? "prior" : given.joined(separator: ", ") }
}

/// The rows of the paper (spec section 4), for any number of modalities: x1 is the first, x2 all others together.
package struct LikelihoodTable: Sendable {
  package let rows: [LikelihoodRow]

  package init(_ modalities: [ModalityConfiguration]) {
    let names = modalities.map(\.name)
    let all = Array(modalities.indices)
    let others = Array(all.dropFirst())
    func row(_ targets: [Int], from given: [Int], on condition: [Int] = []) -> LikelihoodRow {
      let list = { (indices: [Int]) in indices.map { names[$0] }.joined(separator: ", ") }
      return LikelihoodRow(
        quantity: condition.isEmpty ? "log p(\(list(targets)))" : "log p(\(list(targets)) | \(list(condition)))",
        given: given.map { names[$0] },
        joint: LikelihoodQuery(given: given, targets: targets + condition),
        condition: condition.isEmpty ? nil : LikelihoodQuery(given: given, targets: condition))
    }
    guard !others.isEmpty else {
      rows = [row([0], from: [0])]
      return
    }
    rows =
      [row([0], from: [0])] + all.map { row(all, from: [$0]) } + [row(all, from: all)]
      + [row([0], from: others, on: others), row(others, from: others), row(others, from: [])]
  }

  /// What must be sampled: for every set of given modalities the sets of targets, each once.
  package var queries: [(given: [Int], targets: [[Int]])] {
    var order: [[Int]] = []
    var targets: [[Int]: [[Int]]] = [:]
    for query in rows.flatMap({ [$0.joint] + ($0.condition.map { [$0] } ?? []) }) {
      if targets[query.given] == nil { order.append(query.given) }
      if targets[query.given]?.contains(query.targets) != true {
        targets[query.given, default: []].append(query.targets)
      }
    }
    return order.map { ($0, targets[$0] ?? []) }
  }
}
