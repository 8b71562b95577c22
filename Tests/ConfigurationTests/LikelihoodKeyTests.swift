import Configuration
import Models
import Testing

/// The keys that say how a decoder's output is read.
struct LikelihoodKeyTests {
  /// MNIST with these keys of its image, such as `likelihood: laplace, scale: 0.75`.
  private func mnist(_ keys: String) throws -> RunConfiguration {
    var source = try ConfigurationSource(preset: "mnist")
    try source.merge(yaml: "model: {modalities: [{name: image, \(keys)}]}")
    return try source.resolve()
  }

  private static let likelihoods: [(change: String, kind: LikelihoodKind, scale: LikelihoodScale)] = [
    ("likelihood: gaussian, scale: per_value", .gaussian, .perValue),
    ("likelihood: gaussian, scale: 0.5", .gaussian, .fixed(0.5)),
    ("likelihood: gaussian, scale: 1", .gaussian, .unit),
    ("likelihood: laplace, scale: learned", .laplace, .learned),
    ("likelihood: laplace, scale: 0.75", .laplace, .fixed(0.75)),
    ("likelihood: laplace", .laplace, .unit),
  ]

  @Test("Distributions of real numbers and their scales are read, and written again", arguments: likelihoods)
  func reals(change: String, kind: LikelihoodKind, scale: LikelihoodScale) throws {
    let configuration = try mnist(change)
    let image = configuration.model.modalities[0]
    #expect((image.likelihood, image.scale) == (kind, scale))
    #expect(try RunConfiguration(yaml: configuration.yaml) == configuration)
  }

  @Test("So are those of counts", arguments: LikelihoodKind.allCases.filter(\.isOfCounts))
  func counts(kind: LikelihoodKind) throws {
    let plain = try resolve("mnist", "model.modalities.image.likelihood=\(kind)").model.modalities[0]
    #expect((plain.likelihood, plain.rate, plain.exposure) == (kind, .softplus, .none))
    let configuration = try mnist("likelihood: \(kind), rate: exp, exposure: total")
    let image = configuration.model.modalities[0]
    #expect((image.rate, image.exposure) == (.exp, .total))
    #expect(try RunConfiguration(yaml: configuration.yaml) == configuration)
  }

  @Test("A scale per value is a Gaussian's alone")
  func scalePerValue() throws {
    expect(
      try message { _ = try mnist("likelihood: laplace, scale: per_value") },
      contains: ["model.modalities.image.scale: ", "only a gaussian likelihood", "this one is laplace"])
  }

  @Test("A weight of `dimensions` is the values of the largest modality over its own, and is written as the word")
  func dimensions() throws {
    let configuration = try resolve(
      "mnist", "model.modalities.image.reconstruction_weight=dimensions",
      "model.modalities.label.reconstruction_weight=dimensions")
    #expect(configuration.model.reconstructionWeights == [1, 78.4])
    #expect(configuration.objectiveWeights(epoch: 1).reconstruction == [1, 78.4])
    #expect(try RunConfiguration(yaml: configuration.yaml) == configuration)
    #expect(try configuration.yaml.contains("reconstruction_weight: dimensions"))
  }
}
