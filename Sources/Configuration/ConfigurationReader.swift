import Console
internal import Yams

/// A YAML mapping read strictly: every key must be known, every value must have its type and range.
package struct ConfigurationReader {
  /// The most a width, a number of channels or an extent may be: what is beyond it is a slip of the finger, and the
  /// product of three still fits a number.
  static let largestExtent = 1 << 20

  /// The dotted path of this mapping, for error messages.
  let path: String
  private let mapping: Node.Mapping

  /// - Throws: `ConfigurationError` when `node` is no mapping or holds a key outside `keys`.
  init(_ node: Node, path: String, keys: [KeyDescription]) throws(ConfigurationError) {
    let keys = keys.map(\.name)
    guard let mapping = node.mapping else {
      throw ConfigurationError(key: path, "expected a mapping with the keys \(keys.joined(separator: ", "))")
    }
    self.path = path
    self.mapping = mapping
    for (key, _) in mapping {
      let name = key.string ?? ""
      guard keys.contains(name) else {
        if let replacement = RenamedKeys.replacement(for: self.path(of: name)) {
          throw ConfigurationError(key: self.path(of: name), "this key is now \(replacement)")
        }
        throw ConfigurationError(
          key: self.path(of: name), "unknown key; \(Suggestion.phrase(for: name, among: keys))")
      }
    }
  }

  /// A mapping whose keys are checked later, once it is known which they may be.
  init(_ node: Node, path: String) throws(ConfigurationError) {
    guard let mapping = node.mapping else { throw ConfigurationError(key: path, "expected a mapping") }
    (self.path, self.mapping) = (path, mapping)
  }

  func path(of key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }

  func has(_ key: String) -> Bool { mapping.value(of: key) != nil }

  func node(_ key: String) throws(ConfigurationError) -> Node {
    guard let node = mapping.value(of: key) else { throw ConfigurationError(key: path(of: key), "missing") }
    return node
  }

  /// The value of a key, or what it is when it is left out.
  /// - Throws: `ConfigurationError` when it must be there and is not, or is not as the key wants it.
  package func value<Value>(_ key: ConfigurationKey<Value>) throws(ConfigurationError) -> Value {
    if let fallback = key.fallback, !has(key.name) { return fallback }
    return try key.read(self, key.name)
  }

  func string(_ key: String) throws(ConfigurationError) -> String {
    guard let value = try node(key).string, !value.isEmpty else {
      throw ConfigurationError(key: path(of: key), "expected a word")
    }
    return value
  }

  func integer(_ key: String, in range: ClosedRange<Int>) throws(ConfigurationError) -> Int {
    let node = try node(key)
    // Not `node.int`, which reads 010 as 8 and 1:30 as 90.
    guard let value = node.string.flatMap({ Int($0) }), range.contains(value) else {
      throw ConfigurationError(
        key: path(of: key), "expected a whole number \(Self.words(for: range)), found \(text(of: node))")
    }
    return value
  }

  static func words(for range: ClosedRange<Int>) -> String {
    range.upperBound == Int.max
      ? "of at least \(range.lowerBound)" : "from \(range.lowerBound) to \(range.upperBound)"
  }

  func powerOfTwo(_ key: String, atMost bound: Int) throws(ConfigurationError) -> Int {
    let value = try integer(key, in: 1...bound)
    guard value.nonzeroBitCount == 1 else {
      throw ConfigurationError(key: path(of: key), "expected a power of two, found \(value)")
    }
    return value
  }

  func number(
    _ key: String, _ expectation: String, where isValid: (Double) -> Bool
  ) throws(ConfigurationError) -> Double {
    let node = try node(key)
    guard let value = node.string.flatMap({ Double($0) }), value.isFinite, isValid(value) else {
      throw ConfigurationError(key: path(of: key), "expected a number \(expectation), found \(text(of: node))")
    }
    return value
  }

  /// Whether the value of a key reads as a number, of any kind.
  func isNumber(_ key: String) -> Bool { mapping.value(of: key)?.string.flatMap { Double($0) } != nil }

  func boolean(_ key: String) throws(ConfigurationError) -> Bool {
    let node = try node(key)
    guard let value = node.bool else {
      throw ConfigurationError(key: path(of: key), "expected true or false, found \(text(of: node))")
    }
    return value
  }

  /// One of the words of `Value`.
  func choice<Value: ConfigurationChoice>(_ key: String, _: Value.Type) throws(ConfigurationError) -> Value {
    Array(Value.allCases)[try choice(key, among: Value.words)]
  }

  /// - Returns: the place of the value among `words`.
  func choice(_ key: String, among words: [String]) throws(ConfigurationError) -> Int {
    let word = try string(key)
    guard let index = words.firstIndex(of: word) else {
      throw ConfigurationError(
        key: path(of: key), "unknown value \"\(word)\"; \(Suggestion.phrase(for: word, among: words))")
    }
    return index
  }

  /// A mapping below this one.
  package func mapping(_ key: KeyDescription) throws(ConfigurationError) -> ConfigurationReader {
    try ConfigurationReader(try node(key.name), path: path(of: key.name), keys: key.keys)
  }

  /// A mapping below this one that may be left out.
  func optionalMapping(_ key: KeyDescription) throws(ConfigurationError) -> ConfigurationReader? {
    has(key.name) ? try mapping(key) : nil
  }

  /// A layer list with at least one layer.
  func layers(_ key: String) throws(ConfigurationError) -> [LayerConfiguration] {
    let nodes = try list(key)
    guard !nodes.isEmpty else { throw ConfigurationError(key: path(of: key), "expected at least one layer") }
    var layers: [LayerConfiguration] = []
    for (index, node) in nodes.enumerated() {
      layers.append(try LayerConfiguration(node, path: "\(path(of: key))[\(index)]"))
    }
    return layers
  }

  func list(_ key: String) throws(ConfigurationError) -> [Node] {
    guard let sequence = try node(key).sequence else {
      throw ConfigurationError(key: path(of: key), "expected a list")
    }
    return Array(sequence)
  }

  /// A list of whole numbers of at least 1.
  func dimensions(_ key: String) throws(ConfigurationError) -> [Int] {
    let values = try list(key).map { $0.string.flatMap { Int($0) } }
    guard !values.isEmpty, values.allSatisfy({ (1...Self.largestExtent).contains($0 ?? 0) }) else {
      throw ConfigurationError(
        key: path(of: key), "expected a list of whole numbers from 1 to \(Self.largestExtent), such as [1, 28, 28]")
    }
    return values.compactMap { $0 }
  }

  /// A list of finite numbers.
  func numbers(_ key: String) throws(ConfigurationError) -> [Double] {
    let values = try list(key).map { $0.string.flatMap { Double($0) } }
    guard !values.isEmpty, values.allSatisfy({ $0?.isFinite ?? false }) else {
      throw ConfigurationError(key: path(of: key), "expected a list of numbers")
    }
    return values.compactMap { $0 }
  }

  private func text(of node: Node) -> String {
    node.string.map { "\"\($0)\"" } ?? "a list or mapping"
  }
}
