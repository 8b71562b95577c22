/// Properties that must agree on all ranks before they work together.
package struct RankConsistency {
  private struct Property {
    let name: String
    let value: String
    /// What to do about a difference; nil if it only deserves a warning.
    let remedy: String?
  }

  private var properties: [Property] = []

  package init() {}

  /// Adds a property; a difference is an error.
  /// - Parameters:
  ///   - name: as the message names it.
  ///   - remedy: what to do if it differs.
  package mutating func require(
    _ name: String, _ value: String, remedy: String = "Start all ranks with the same options"
  ) {
    properties.append(Property(name: name, value: value, remedy: remedy))
  }

  /// Adds a property that changes only rounding; a difference is a warning.
  package mutating func prefer(_ name: String, _ value: String) {
    properties.append(Property(name: name, value: value, remedy: nil))
  }

  /// Compares the properties of all ranks. Collective.
  /// - Parameter warn: called on rank 0 for differences that change only rounding.
  /// - Throws: `RankMismatch`, the same on all ranks.
  package func check(in world: World, warn: (String) -> Void) throws {
    for property in properties {
      let values = try world.collectives.allGather(text: property.value)
      guard let difference = RankDifference(values, hosts: world.hostNames) else { continue }
      if let remedy = property.remedy {
        throw RankMismatch(
          description: "\(property.name) is not the same on all ranks: \(difference). \(remedy)")
      }
      if world.rank == 0 {
        warn("\(property.name) are not the same on all ranks, so that rounding depends on the rank: \(difference)")
      }
    }
  }
}

/// A property that must agree on all ranks differs.
package struct RankMismatch: Error, CustomStringConvertible {
  package let description: String
}

/// Which ranks have which value, where they differ.
struct RankDifference: CustomStringConvertible {
  private let values: [String]
  private let hosts: [String]

  /// Nil if all are equal.
  init?(_ values: [String], hosts: [String]) {
    guard Set(values).count > 1 else { return nil }
    (self.values, self.hosts) = (values, hosts)
  }

  var description: String {
    Dictionary(grouping: values.indices) { values[$0] }.sorted { $0.value[0] < $1.value[0] }
      .map { value, ranks in "\(phrase(forRanks: ranks, hosts: hosts)): \(value)" }.joined(separator: "; ")
  }
}
