/// A key of a mapping: what it means, how its value is read, and what it is when it is left out. Range and default are
/// said here alone, for the reader and for the reference.
package struct ConfigurationKey<Value: Sendable>: Sendable {
  typealias Read =
    @Sendable (_ reader: ConfigurationReader, _ name: String) throws(ConfigurationError) -> Value

  package let description: KeyDescription
  /// The value of a key that is not there; nil if it must be.
  let fallback: Value?
  let read: Read

  private init(_ description: KeyDescription, fallback: Value?, read: @escaping Read) {
    (self.description, self.fallback, self.read) = (description, fallback, read)
  }

  /// A key that must be there.
  init(_ name: String, _ values: String, _ meaning: String, read: @escaping Read) {
    self.init(KeyDescription(name, values, fallback: nil, meaning), fallback: nil, read: read)
  }

  package var name: String { description.name }

  /// The same, with a value for when it is left out.
  package func or(_ fallback: Value) -> ConfigurationKey {
    ConfigurationKey(describing(fallback: "`\(fallback)`"), fallback: fallback, read: read)
  }

  /// The same, nil when it is left out.
  /// - Parameter consequence: what holds then.
  package func optional(_ consequence: String) -> ConfigurationKey<Value?> {
    let read = read
    return ConfigurationKey<Value?>(describing(fallback: consequence), fallback: .some(nil)) {
      (reader, name) throws(ConfigurationError) in try read(reader, name)
    }
  }

  private func describing(fallback: String) -> KeyDescription {
    KeyDescription(name, description.values, fallback: fallback, description.meaning)
  }
}
