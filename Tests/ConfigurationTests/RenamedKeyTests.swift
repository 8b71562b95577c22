import Configuration
import Models
import Testing

/// `training.pieces` of version 0.1 is `training.micro_batches`.
struct RenamedKeyTests {
  private static func stored(_ configuration: RunConfiguration) throws -> String {
    let yaml = try configuration.yaml
    let old = yaml.replacing("micro_batches:", with: "pieces:")
    try #require(old != yaml)
    return old
  }

  @Test("A stored document with the old key is read as if it had the new one")
  func storedDocument() throws {
    let configuration = try resolve("mnist", "training.micro_batches=8")
    let stored = try Self.stored(configuration)
    #expect(try RunConfiguration(yaml: stored) == configuration)
    var source = try ConfigurationSource(stored: stored, from: "run/config.yaml")
    #expect(try source.resolve() == configuration)
    try source.set("training.micro_batches=4")
    #expect(try source.resolve().training.microBatches == 4)
  }

  @Test("A user who writes the old key is told the new one")
  func userDocument() throws {
    let stored = try Self.stored(try resolve())
    let expected = "configuration key training.pieces: this key is now training.micro_batches"
    #expect(try message { _ = try ConfigurationSource(yaml: stored).resolve() } == expected)
    #expect(try message { _ = try resolve("mnist", "training.pieces=2") } == expected)
  }
}
