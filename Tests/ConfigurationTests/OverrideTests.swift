import Configuration
import Models
import Testing

struct OverrideTests {
  private func merged(_ yaml: String) throws -> RunConfiguration {
    var source = try ConfigurationSource(preset: "mnist")
    try source.merge(yaml: yaml)
    return try source.resolve()
  }

  @Test("Mappings merge key by key")
  func mappings() throws {
    var expected = try resolve()
    expected.training.warmUp.core = 7
    expected.training.epochs = 3
    #expect(try merged("training: {epochs: 3, warm_up: {core: 7}}") == expected)
  }

  @Test("Lists whose items have names merge item by item; a new name is a new item")
  func namedLists() throws {
    var expected = try resolve()
    expected.model.modalities[1].latent = 3
    #expect(try merged("model: {modalities: [{name: label, latent: 3}]}") == expected)

    let extended = try merged(
      """
      model:
        modalities:
          - {name: sound, shape: [4], likelihood: gaussian, latent: 2, encoder: [{linear: 3}], decoder: [{linear: 4}]}
      """)
    #expect(extended.model.modalities.map(\.name) == ["image", "label", "sound"])
    #expect(Array(extended.model.modalities.prefix(2)) == (try resolve()).model.modalities)
  }

  @Test("Other lists and single values are replaced as a whole")
  func otherLists() throws {
    let model = try merged("model: {core: {encoder: [{linear: 5}]}}").model
    #expect(model.core?.encoder.map(\.operation) == [.linear(width: 5)])
    #expect(model.core?.generator == (try resolve()).model.core?.generator)
  }

  @Test("Later changes win")
  func order() throws {
    #expect(try resolve("mnist", "training.epochs=3", "training.epochs=4").training.epochs == 4)
    var source = try ConfigurationSource(preset: "mnist")
    try source.set("training.epochs=3")
    try source.merge(yaml: "training: {epochs: 5}")
    #expect(try source.resolve().training.epochs == 5)
  }

  @Test("A whole document is a source too")
  func document() throws {
    let configuration = try resolve("fashion-mnist", "training.seed=9")
    #expect(try ConfigurationSource(yaml: configuration.yaml).resolve() == configuration)
  }

  @Test("A key is set by names and, in lists without names, by position")
  func byNameAndPosition() throws {
    let changed = try resolve(
      "mnist", "model.modalities.label.latent=8", "model.modalities.0.latent=9", "model.core.encoder.1.linear=5",
      "model.modalities.image.scale=unit")
    #expect(changed.model.modalities.map(\.latent) == [9, 8])
    #expect(
      changed.model.core?.encoder.map(\.operation) == [.linear(width: 64), .linear(width: 5), .linear(width: 64)])
  }

  @Test("A value is everything behind the first equals sign, read as YAML")
  func values() throws {
    #expect(try resolve("mnist", "name=a=b").name == "a=b")
    #expect(
      try resolve(
        "mnist",
        "training={epochs: 1, batch_size: 2, learning_rate: 1, seed: 0, warm_up: {modality: 1, core: 1}, keep_checkpoints: 1}"
      ).training.batchSize == 2)
  }

  private static let refused: [(change: String, problem: String)] = [
    ("training.epochs", "expected KEY=VALUE, such as training.epochs=3"),
    ("=3", "expected KEY=VALUE"),
    ("model.modalities.smell.latent=3", "model.modalities.smell.latent: there is no item \"smell\" in this list"),
    ("model.core.encoder.3.linear=3", "there is no item \"3\""),
    ("model.core.encoder.-1.linear=3", "there is no item \"-1\""),
    ("training.epochs.first=3", "\"first\" lies below a single value"),
    ("training..epochs=3", "training.: unknown key"),
    ("name=", "empty"),
    ("name=[", "not valid YAML"),
  ]

  @Test("Assignments that cannot be carried out", arguments: refused)
  func isRefused(change: String, problem: String) throws {
    expect(try message { _ = try resolve("mnist", change) }, contains: [problem])
  }
}
