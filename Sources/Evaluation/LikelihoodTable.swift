package import Configuration

/// One importance-sampled quantity: log p(targets), proposed from what is given. Modalities by index, ascending.
package struct LikelihoodQuery: Hashable, Sendable {
  package let given: [Int]
  package let targets: [Int]

  package init(given: [Int], targets: [Int]) {
    (self.given, self.targets) = (Set(given).sorted(), Set(targets).sorted())
  }
}

/// One row of the paper's tables.
package struct LikelihoodRow: Sendable {
  /// Such as `log p(image, label)`.
  package let quantity: String
  /// What `quantity` is the likelihood of; the rest of the joint's targets is what it is conditional on.
  package let scored: [Int]
  /// Names of the given modalities.
  package let given: [String]
  package let joint: LikelihoodQuery
  /// Estimates of what the quantity is conditional on; that with the highest mean is subtracted from `joint`, row by
  /// row. None if it is not conditional.
  package let conditions: [LikelihoodQuery]

  /// Such as `image, label` or `prior`.
  package var source: String { given.isEmpty ? "prior" : given.joined(separator: ", ") }
}

/// The likelihoods that are estimated together (spec section 4), for any number of modalities.
package struct LikelihoodTable: Sendable {
  package let rows: [LikelihoodRow]

  /// The rows of the paper: x1 is the first modality, x2 all others together. All modalities are scored from every set
  /// of given ones, as long as these are not too many.
  package init(_ modalities: [ModalityConfiguration]) {
    let names = modalities.map(\.name)
    let all = Array(names.indices)
    let others = Array(all.dropFirst())
    func row(_ targets: [Int], from given: [Int], on condition: [Int] = []) -> LikelihoodRow {
      LikelihoodRow(names, targets, from: given, on: condition)
    }
    guard !others.isEmpty else {
      rows = [row([0], from: [0])]
      return
    }
    rows =
      [row([0], from: [0])] + Self.sources(of: all).map { row(all, from: $0) }
      + [row([0], from: others, on: others), LikelihoodRow(names, bestConditionalOf: 0, on: others)]
      + [row(others, from: others), row(others, from: [])]
  }

  /// What is known of `targets` when `given` is observed: their likelihood, that of both together, and the conditional
  /// log p(targets | given) of those that are not given.
  package init(_ modalities: [ModalityConfiguration], given: [Int], targets: [Int]) {
    let names = modalities.map(\.name)
    let missing = targets.filter { !given.contains($0) }
    var rows = [LikelihoodRow(names, targets, from: given)]
    if !given.isEmpty && !missing.isEmpty {
      let union = Set(given + targets).sorted()
      if union != targets { rows.append(LikelihoodRow(names, union, from: given)) }
      rows.append(LikelihoodRow(names, missing, from: given, on: given))
    }
    self.rows = rows
  }

  /// Up to this many modalities all sets of them are proposed from; beyond, their number explodes.
  private static let modalitiesForAllSets = 4

  /// Sets of given modalities, the small ones first.
  private static func sources(of all: [Int]) -> [[Int]] {
    guard all.count <= modalitiesForAllSets else { return all.map { [$0] } + [all] }
    let sets = (1..<1 << all.count).map { bits in all.filter { bits >> $0 & 1 == 1 } }
    return sets.sorted { ($0.count, $0.description) < ($1.count, $1.description) }
  }

  /// What must be sampled: for every set of given modalities the sets of targets, each once.
  package var queries: [(given: [Int], targets: [[Int]])] {
    var order: [[Int]] = []
    var targets: [[Int]: [[Int]]] = [:]
    for query in rows.flatMap({ [$0.joint] + $0.conditions }) {
      if targets[query.given] == nil { order.append(query.given) }
      if targets[query.given]?.contains(query.targets) != true {
        targets[query.given, default: []].append(query.targets)
      }
    }
    return order.map { ($0, targets[$0] ?? []) }
  }
}

extension LikelihoodRow {
  /// log p(targets | condition), estimated from `given`.
  fileprivate init(_ names: [String], _ targets: [Int], from given: [Int], on condition: [Int] = []) {
    self.init(
      quantity: "log p(\(Self.list(names, targets))\(condition.isEmpty ? "" : " | \(Self.list(names, condition))"))",
      scored: targets, given: given.map { names[$0] },
      joint: LikelihoodQuery(given: given, targets: targets + condition),
      conditions: condition.isEmpty ? [] : [LikelihoodQuery(given: given, targets: condition)])
  }

  /// log p(target | others) with the joint likelihood from all modalities, and log p(others) from the better of `others`
  /// and the prior (spec section 9): what papers report that score a conditional with a proposal that sees everything.
  fileprivate init(_ names: [String], bestConditionalOf target: Int, on others: [Int]) {
    let all = [target] + others
    self.init(
      quantity: "log p(\(names[target]) | \(Self.list(names, others))), all", scored: [target],
      given: all.map { names[$0] }, joint: LikelihoodQuery(given: all, targets: all),
      conditions: [others, []].map { LikelihoodQuery(given: $0, targets: others) })
  }

  private static func list(_ names: [String], _ indices: [Int]) -> String {
    indices.map { names[$0] }.joined(separator: ", ")
  }
}
