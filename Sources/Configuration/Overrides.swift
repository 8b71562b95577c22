internal import Console
internal import Yams

/// Where a configuration comes from: a document, then changes to it, each later one winning.
package struct ConfigurationSource {
  private var node: Node

  /// Starts from a shipped preset.
  /// - Parameters:
  ///   - family: the family it is for; if not said, the one that the set-up was made for.
  ///   - others: words that may stand in a preset's place, so that they are suggested, too.
  /// - Throws: `ConfigurationError` when there is none of that name.
  package init(
    preset: String, family: FamilyName? = nil, besides others: [String] = []
  ) throws(ConfigurationError) {
    node = try parseYAML(try Presets.yaml(named: preset, family: family, besides: others))
  }

  /// Starts from the stored configuration of a run, also one that an earlier version wrote.
  /// - Parameter file: where it comes from, for the message if it is not YAML.
  package init(stored yaml: String, from file: String) throws(ConfigurationError) {
    node = RenamedKeys.migrated(try parseYAML(yaml, from: file))
  }

  /// Starts from a complete document.
  /// - Parameter file: where it comes from, for the message if it is not YAML.
  package init(yaml: String, from file: String = "") throws(ConfigurationError) {
    node = try parseYAML(yaml, from: file)
  }

  /// Lays the keys of a (possibly partial) document over what is there. Mappings merge key by key, lists whose items
  /// have a `name` merge item by item, anything else is replaced.
  /// - Parameter file: where the document comes from, for the message if it is not YAML.
  package mutating func merge(yaml: String, from file: String = "") throws(ConfigurationError) {
    node = merged(node, with: try parseYAML(yaml, from: file))
  }

  /// Sets one key: `training.epochs=3`, `model.modalities.image.latent=8`. The value is read as YAML.
  package mutating func set(_ assignment: String) throws(ConfigurationError) {
    guard let equals = assignment.firstIndex(of: "="), equals != assignment.startIndex else {
      throw ConfigurationError(key: assignment, "expected KEY=VALUE, such as training.epochs=3")
    }
    let key = String(assignment[..<equals])
    let value = try parseYAML(
      String(assignment[assignment.index(after: equals)...]), from: "the value in --set \(assignment)")
    try set(
      key.split(separator: ".", omittingEmptySubsequences: false).map(String.init)[...], of: &node, to: value, key: key)
  }

  /// The configuration that results, checked.
  /// - Parameter families: those its model may be of.
  package func resolve(families: [any FamilyConfiguration.Type]) throws(ConfigurationError) -> RunConfiguration {
    try RunConfiguration(node, families: families)
  }

  private func set(
    _ path: ArraySlice<String>, of node: inout Node, to value: Node, key: String
  ) throws(ConfigurationError) {
    guard let head = path.first else {
      node = value
      return
    }
    switch node {
    case .mapping(var mapping):
      // A key that is not there yet is created, so that optional keys can be set; reading refuses unknown ones.
      var child = mapping[Node(head)] ?? Node([(Node, Node)]())
      try set(path.dropFirst(), of: &child, to: value, key: key)
      mapping[Node(head)] = child
      node = .mapping(mapping)
    case .sequence(var sequence):
      guard
        let index = sequence.firstIndex(where: { $0.mapping?["name"]?.string == head }) ?? validIndex(head, sequence)
      else {
        let names = sequence.compactMap { $0.mapping?["name"]?.string }
        let hint =
          names.isEmpty
          ? "it has \(sequence.count) items, counted from 0" : Suggestion.phrase(for: head, among: names)
        throw ConfigurationError(key: key, "there is no item \"\(head)\" in this list; \(hint)")
      }
      try set(path.dropFirst(), of: &sequence[index], to: value, key: key)
      node = .sequence(sequence)
    default:
      throw ConfigurationError(key: key, "\"\(head)\" lies below a single value")
    }
  }

  private func validIndex(_ text: String, _ sequence: Node.Sequence) -> Int? {
    Int(text).flatMap { sequence.indices.contains($0) ? $0 : nil }
  }
}

private func merged(_ base: Node, with change: Node) -> Node {
  switch (base, change) {
  case (.mapping(var mapping), .mapping(let changes)):
    for (key, value) in changes {
      mapping[key] = mapping[key].map { merged($0, with: value) } ?? value
    }
    return .mapping(mapping)
  case (.sequence(var items), .sequence(let changes)) where areNamed(items) && areNamed(changes):
    for change in changes {
      let name = change.mapping?["name"]
      if let index = items.firstIndex(where: { $0.mapping?["name"] == name }) {
        items[index] = merged(items[index], with: change)
      } else {
        items.append(change)
      }
    }
    return .sequence(items)
  default:
    return change
  }
}

private func areNamed(_ items: Node.Sequence) -> Bool {
  items.allSatisfy { $0.mapping?["name"] != nil }
}
