internal import Yams

/// YAML's merge keys: `<<: *base`, or a list of bases, stands for the keys of the base that the mapping does not have
/// itself. Of several bases the first that has a key wins.
enum MergeKeys {
  /// What a document may grow to. Aliases of aliases grow by powers: a few lines would fill the memory.
  private static let largestNodeCount = 1 << 14

  /// The document with the keys that its merge keys stand for.
  /// - Throws: `ConfigurationError` when a merge key names no mapping, or aliases make the document too large.
  static func resolved(_ document: Node) throws(ConfigurationError) -> Node {
    var count = 0
    return try resolved(document, &count)
  }

  private static func resolved(_ node: Node, _ count: inout Int) throws(ConfigurationError) -> Node {
    count += 1
    guard count <= largestNodeCount else {
      throw ConfigurationError(key: "", "the document has more than \(largestNodeCount) values, with all its aliases")
    }
    switch node {
    case .mapping(let mapping): return .mapping(try resolved(mapping, &count))
    case .sequence(var sequence):
      for index in sequence.indices { sequence[index] = try resolved(sequence[index], &count) }
      return .sequence(sequence)
    default: return node
    }
  }

  private static func resolved(_ mapping: Node.Mapping, _ count: inout Int) throws(ConfigurationError) -> Node.Mapping {
    var (own, bases): ([(Node, Node)], [Node.Mapping]) = ([], [])
    for (key, value) in mapping {
      let value = try resolved(value, &count)
      if isMergeKey(key) { bases = try mappings(value) } else { own.append((key, value)) }
    }
    var result = Node.Mapping(own, mapping.tag, mapping.style)
    for (key, value) in bases.joined() where result[key] == nil { result[key] = value }
    return result
  }

  /// A plain `<<`, not a quoted one.
  private static func isMergeKey(_ key: Node) -> Bool {
    guard case .scalar(let scalar) = key else { return false }
    return scalar.string == "<<" && scalar.style == .plain
  }

  private static func mappings(_ value: Node) throws(ConfigurationError) -> [Node.Mapping] {
    let nodes = value.sequence.map { Array($0) } ?? [value]
    let mappings = nodes.compactMap(\.mapping)
    guard mappings.count == nodes.count else {
      throw ConfigurationError(key: "<<", "expected a mapping or a list of mappings, such as <<: *base")
    }
    return mappings
  }
}
