import Configuration
import Models
import Testing

struct ObjectiveWeightTests {
  /// beta_m and beta_c of an epoch, from min(1, e / U) with U_m = 4 and U_c = 8.
  private static let warmUp = [
    (1, 0.25, 0.125), (2, 0.5, 0.25), (3, 0.75, 0.375), (4, 1, 0.5), (5, 1, 0.625), (8, 1, 1), (500, 1, 1),
  ]

  @Test("The weights of the divergences grow to 1 and stay there", arguments: warmUp)
  func growing(epoch: Int, modality: Double, core: Double) throws {
    var source = try ConfigurationSource(preset: "mnist")
    try source.set("training.warm_up={modality: 4, core: 8}")
    try source.set("model.modalities.label.reconstruction_weight=50")
    let weights = try source.resolve().objectiveWeights(epoch: epoch)
    #expect(weights.modality == modality)
    #expect(weights.core == core)
    #expect(weights.reconstruction == [1, 50])
  }

  /// Terms of two modalities that are powers of two: log-likelihoods, then divergences. What the bound leaves out of
  /// JMVAE-kl and MVAE are the terms of single modalities.
  @Test(
    "The ELBO is the log-likelihoods less the divergences of the posterior of everything",
    arguments: [("mhvae", 1 + 2 - 4 - 8 - 16), ("jmvae", 1 + 2 - 16), ("mvae", 1 + 2 - 16)] as [(String, Double)])
  func elbo(family: String, expected: Double) throws {
    let model = try SmallFamilies.model(family)
    let terms = model.termNames.indices.map { Double(1 << $0) }
    terms.withUnsafeBufferPointer { #expect(model.elbo(terms: $0) == expected, "\(model.termNames)") }
  }

  @Test("Without warm-up they are 1 from the first epoch")
  func noWarmUp() throws {
    var source = try ConfigurationSource(preset: "mnist")
    try source.set("training.warm_up={modality: 1, core: 1}")
    let weights = try source.resolve().objectiveWeights(epoch: 1)
    #expect((weights.modality, weights.core) == (1, 1))
  }
}
