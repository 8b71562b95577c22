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
    let (report, split) = last.validation.map { ($0, "validation") } ?? (last.training, "training")
    let rows = sessions.last?.start.rows[split == "training" ? "train" : split]
    return configuration.model.modalities.compactMap { modality in
      // Of the rows that have the modality; terms are divided by all rows.
      let share = rows.flatMap { all in report.rows?[modality.name].map { Double($0) / Double(max(all, 1)) } } ?? 1
      guard let mean = report.terms["kl/\(modality.name)"], share > 0 else { return nil }
      let divergence = mean / share
      guard divergence < Self.leastDivergence else { return nil }
      let (name, weight) = (modality.name, modality.reconstructionWeight)
      return
        "The divergence of \(name) is \(NumberText.fixed(divergence, 3)) nats (\(split), epoch \(last.epoch)): its "
        + "latent tells next to nothing. If \(name) is decoded badly, raise model.modalities.\(name)"
        + ".reconstruction_weight, now \(weight)"
        + (weight == .dimensions ? "." : "; `dimensions` makes up for few values.")
    }
  }
}
