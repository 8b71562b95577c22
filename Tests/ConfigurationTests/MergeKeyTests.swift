import Configuration
import Models
import Testing

/// `<<` lays a mapping under another one.
struct MergeKeyTests {
  private func merged(_ yaml: String) throws -> RunConfiguration {
    var source = try ConfigurationSource(preset: "mnist")
    try source.merge(yaml: yaml)
    return try source.resolve()
  }

  @Test("The keys of the base are there, and those of the mapping itself win")
  func base() throws {
    let configuration = try merged(
      """
      model:
        modalities:
          - {name: label, encoder: [&hidden {linear: 7, norm: batch, activation: relu}, {<<: *hidden, linear: 9}]}
      """)
    #expect(
      configuration.model.modalities[1].encoder.map(\.description) == [
        "linear 7, norm batch, activation relu", "linear 9, norm batch, activation relu",
      ])
  }

  @Test("Of several bases the first that has a key wins; a base may have a base")
  func bases() throws {
    let training = try merged(
      """
      training:
        <<: [{epochs: 2, warm_up: {core: 5}}, {<<: {epochs: 3, batch_size: 64}, batch_size: 32}]
        seed: 9
      """
    ).training
    #expect(training.epochs == 2 && training.batchSize == 32 && training.seed == 9 && training.warmUp.core == 5)
  }

  @Test("In quotes it is a key like any other")
  func quoted() throws {
    expect(try message { _ = try merged("training: {'<<': {epochs: 2}}") }, contains: ["training.<<: unknown key"])
  }

  @Test("Nothing but mappings can be merged", arguments: ["3", "[{epochs: 2}, 3]"])
  func noMapping(value: String) throws {
    expect(
      try message { _ = try merged("training: {<<: \(value)}") },
      contains: ["expected a mapping or a list of mappings"])
  }

  @Test("Aliases of aliases do not fill the memory")
  func aliases() throws {
    let lines = (1...40).map { "a\($0): &a\($0) [*a\($0 - 1), *a\($0 - 1)]" }
    let yaml = (["a0: &a0 1"] + lines).joined(separator: "\n")
    expect(try message { _ = try merged(yaml) }, contains: ["more than 16384 values, with all its aliases"])
  }
}
