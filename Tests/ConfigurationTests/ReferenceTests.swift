import Configuration
import Foundation
import Models
import Testing

/// The reference of all keys in `Sources/Documentation`.
struct ReferenceTests {
  private static let path = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "Sources/Documentation/configuration.md").path

  @Test("The committed reference is what the code says")
  func isCurrent() throws {
    let committed = try String(contentsOfFile: Self.path, encoding: .utf8)
    #expect(
      committed == ConfigurationReference(families: registeredFamilies).markdown,
      "write it anew: mhvae-dist configuration >Sources/Documentation/configuration.md")
  }

  @Test("It lists every key that a preset names", arguments: Presets.names)
  func isComplete(preset: String) throws {
    let reference = ConfigurationReference(families: registeredFamilies).markdown
    for family in registeredFamilies where family.isGenerative {
      let yaml = try ConfigurationSource(preset: preset, family: family.name).resolve().yaml
      // Keys of layers stand in braces, all others at the beginning of a line.
      let keys = yaml.matches(of: /(?:^|[-{,]) *([a-z_]+):/.anchorsMatchLineEndings()).map(\.output.1)
      #expect(keys.count > 40)
      for key in Set(keys) {
        #expect(reference.contains("| `\(key)` |") || reference.contains(".\(key)` |"), "\(key)")
      }
    }
  }
}
