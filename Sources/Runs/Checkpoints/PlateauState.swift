/// What a `plateau` schedule of the learning rate remembers: the validation ELBO has not risen for how long, and how
/// often that has lowered the rate. As PyTorch's `ReduceLROnPlateau` with a threshold and an eps of 0, from the end of the
/// warm-ups on.
package struct PlateauState: Equatable, Sendable {
  /// The highest validation ELBO so far; nil before the first epoch.
  package private(set) var best: Double?
  /// Epochs since then, or since the last reduction.
  package private(set) var badEpochs = 0
  package private(set) var reductions = 0

  package init() {}

  /// An epoch ends.
  /// - Parameter patience: epochs without a higher ELBO that are accepted.
  package mutating func observe(elbo: Double, patience: Int) {
    if elbo > best ?? -.infinity {
      (best, badEpochs) = (elbo, 0)
    } else {
      badEpochs += 1
    }
    if badEpochs > patience { (badEpochs, reductions) = (0, reductions + 1) }
  }
}

extension PlateauState {
  /// The text in a checkpoint's metadata; reading it gives the same bits.
  package var text: String { "\(best.map { "\($0)" } ?? "none") \(badEpochs) \(reductions)" }

  package init?(text: String) {
    let words = text.split(separator: " ").map(String.init)
    guard words.count == 3, let badEpochs = Int(words[1]), let reductions = Int(words[2]), badEpochs >= 0,
      reductions >= 0, words[0] == "none" || Double(words[0]) != nil
    else { return nil }
    (best, self.badEpochs, self.reductions) = (Double(words[0]), badEpochs, reductions)
  }
}
