/// What people are told of a key. Every key that a mapping may hold has one: readers know no others.
package struct KeyDescription: Sendable {
  package let name: String
  /// What its value may be, such as `whole number from 1 to 1024`.
  package let values: String
  /// What it is when it is left out; nil if it must be there.
  package let fallback: String?
  package let meaning: String
  /// Those of the mapping that is its value.
  package let keys: [KeyDescription]

  init(_ name: String, _ values: String, fallback: String?, _ meaning: String, keys: [KeyDescription] = []) {
    (self.name, self.values, self.fallback, self.meaning, self.keys) = (name, values, fallback, meaning, keys)
  }

  /// A key whose value is a mapping with `keys`.
  /// - Parameter fallback: what holds when it is left out; nil if it must be there.
  package static func mapping(
    _ name: String, fallback: String? = nil, _ meaning: String, keys: [KeyDescription]
  ) -> KeyDescription {
    KeyDescription(name, "mapping", fallback: fallback, meaning, keys: keys)
  }
}
