import Configuration
import Models
import Testing

/// What a preset becomes after `changes`, each spelled as on the command line.
func resolve(
  _ preset: String = "mnist", family: String = "mhvae", _ changes: String...
) throws -> RunConfiguration {
  var source = try ConfigurationSource(preset: preset, family: FamilyName(rawValue: family))
  for change in changes { try source.set(change) }
  return try source.resolve()
}

/// The message of the error that `body` must throw.
func message(
  sourceLocation: SourceLocation = #_sourceLocation, _ body: () throws -> Void
) throws -> String {
  try #require(throws: ConfigurationError.self, sourceLocation: sourceLocation) { try body() }.description
}

/// Every part appears in the message.
func expect(
  _ message: String, contains parts: [String], sourceLocation: SourceLocation = #_sourceLocation
) {
  for part in parts { #expect(message.contains(part), "\(message)", sourceLocation: sourceLocation) }
}

extension ModelConfiguration {
  /// What the family `mhvae` adds.
  var core: MHVAEConfiguration? { family as? MHVAEConfiguration }
}
