package import Communication
internal import Kernels

/// What ranks must have in common before they work together.
package struct RankAgreement {
  private struct Fact {
    let name: String
    let value: String
    /// What to do about a difference; nil if it only deserves a warning.
    let remedy: String?
  }

  private var facts: [Fact] = []

  /// - Parameter program: which build this rank runs.
  package init(program: String) {
    add("the program", program, remedy: "Install the same build on every host")
    facts.append(Fact(name: "the kernels of OpenBLAS", value: Threads.library, remedy: nil))
  }

  /// - Parameters:
  ///   - name: as the message names it.
  ///   - remedy: what to do if it differs.
  package mutating func add(_ name: String, _ value: String, remedy: String = "Start all ranks with the same options") {
    facts.append(Fact(name: name, value: value, remedy: remedy))
  }

  /// Compares them on all ranks. Collective.
  /// - Parameter warn: hears on rank 0 of differences that change only rounding.
  /// - Throws: `TrainingError`, the same on all ranks, that says which ranks have what.
  package func compare(in world: World, warn: (String) -> Void) throws {
    for fact in facts {
      let values = try world.collectives.allGather(text: fact.value)
      guard let difference = RankDifference(values, hosts: world.hostNames) else { continue }
      if let remedy = fact.remedy {
        throw TrainingError("\(fact.name) is not the same on all ranks: \(difference). \(remedy)")
      }
      if world.rank == 0 {
        warn("\(fact.name) are not the same on all ranks, so that rounding depends on the rank: \(difference)")
      }
    }
  }
}

/// Who has what, where ranks differ.
package struct RankDifference: CustomStringConvertible {
  private let values: [String]
  private let hosts: [String]

  /// Nil if all are alike.
  package init?(_ values: [String], hosts: [String]) {
    guard Set(values).count > 1 else { return nil }
    (self.values, self.hosts) = (values, hosts)
  }

  package var description: String {
    Dictionary(grouping: values.indices) { values[$0] }.sorted { $0.value[0] < $1.value[0] }
      .map { value, ranks in "\(phrase(forRanks: ranks, hosts: hosts)): \(value)" }.joined(separator: "; ")
  }
}
