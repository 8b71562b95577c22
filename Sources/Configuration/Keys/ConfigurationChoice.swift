/// Words of which a key's value is one, each with a meaning.
package protocol ConfigurationChoice: RawRepresentable, CaseIterable, Sendable, CustomStringConvertible
where RawValue == String {
  /// What the word means, for the reference.
  var meaning: String { get }
}

extension ConfigurationChoice {
  package var description: String { rawValue }

  static var words: [String] { allCases.map(\.rawValue) }
}
