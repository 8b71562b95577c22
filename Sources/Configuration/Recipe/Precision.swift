/// The numbers that products and convolutions of networks read in training. They are added as floats either way.
package enum Precision: String, ConfigurationChoice, Sendable {
  case f32
  case bf16

  /// What reports and names of files say: nothing of single precision, which is the rule.
  package var mention: String? { self == .f32 ? nil : rawValue }

  package var meaning: String {
    switch self {
    case .f32: "Single precision."
    case .bf16:
      "Weights, activations and gradients are rounded to bf16 where a product reads them. Weights, moments, sums, norms, "
        + "latents, the heads of means and log-variances, and likelihoods stay in single precision, and so does "
        + "validation. Needs a processor with AVX512-BF16 or AMX."
    }
  }
}
