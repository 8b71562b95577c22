internal import Configuration
internal import Runs

extension RunRecord {
  /// Nats below which a latent tells next to nothing of its modality.
  private static let leastDivergence = 0.1
  /// Families whose `kl/MODALITY` says how much the posterior of a modality learns from it. JMVAE's is small when a
  /// modality alone tells as much as all, as it should.
  private static let families: Set<String> = ["mhvae", "mvae"]

  /// A sentence for each modality of which the last epoch's latent says nothing, with the key that helps. MHVAE may do
  /// well without such a latent, where the core tells all.
  var silentLatents: [String] {
    guard let last = epochs.last, Self.families.contains(configuration.model.family.name.rawValue) else { return [] }
    let (terms, split) = last.validation.map { ($0.terms, "validation") } ?? (last.training.terms, "training")
    return configuration.model.modalities.compactMap { modality in
      guard let divergence = terms["kl/\(modality.name)"], divergence < Self.leastDivergence else { return nil }
      let (name, weight) = (modality.name, modality.reconstructionWeight)
      return
        "The divergence of \(name) is \(NumberText.fixed(divergence, 3)) nats (\(split), epoch \(last.epoch)): its "
        + "latent tells next to nothing. If \(name) is decoded badly, raise model.modalities.\(name)"
        + ".reconstruction_weight, now \(weight)"
        + (weight == .dimensions ? "." : "; `dimensions` makes up for few values.")
    }
  }
}
