/// What distribution a decoder parametrises.
package enum LikelihoodKind: String, ConfigurationChoice {
  case bernoulli
  case categorical
  case gaussian
  case laplace
  case poisson
  case negativeBinomial = "negative_binomial"

  package var meaning: String {
    switch self {
    case .bernoulli: "Values from 0 to 1, each of its own: grey levels, switches. The decoder gives logits."
    case .categorical: "One class of as many as `shape` says. The decoder gives logits."
    case .gaussian: "Any numbers. The decoder gives means."
    case .laplace: "Any numbers, outliers among them: absolute instead of squared distances. The decoder gives means."
    case .poisson: "Counts whose variance is their rate. What the decoder gives, `rate` says."
    case .negativeBinomial:
      "Counts that vary more: variance r + r²/t for a rate r, t learned for each value. What the decoder gives, `rate` "
        + "says."
    }
  }

  var hasScale: Bool { self == .gaussian || self == .laplace }
  /// Whether observations are whole numbers of at least 0.
  package var isOfCounts: Bool { self == .poisson || self == .negativeBinomial }
}

/// The width of a distribution of real numbers: a Gaussian's standard deviation, Laplace's b.
package enum LikelihoodScale: Equatable, Sendable, CustomStringConvertible {
  case fixed(Double)
  /// One for the whole modality.
  case learned
  /// One for each value.
  case perValue

  package static let unit = fixed(1)

  package var description: String {
    switch self {
    case .unit: ScaleWord.unit.rawValue
    case .fixed(let scale): "\(scale)"
    case .learned: ScaleWord.learned.rawValue
    case .perValue: ScaleWord.perValue.rawValue
    }
  }
}

/// What `scale` may say besides a number.
enum ScaleWord: String, ConfigurationChoice {
  case unit
  case learned
  case perValue = "per_value"

  var meaning: String {
    switch self {
    case .unit: "Variance 1; b = 1."
    case .learned: "One for all values of the modality, learned: a variance of at least e^-30, b of at least e^-15."
    case .perValue: "A variance for each value, learned; a standard deviation of at least 0.001. For `gaussian` alone."
    }
  }
}

/// How a decoder's output becomes the rate of counts.
package enum CountLink: String, ConfigurationChoice {
  case softplus
  case exp

  package var meaning: String {
    switch self {
    case .softplus: "log(1 + e^output): grows as the output does."
    case .exp: "e^output, at most e^30: for rates of many orders of magnitude."
    }
  }
}

/// What rates of counts refer to.
package enum Exposure: String, ConfigurationChoice {
  case none
  case total

  package var meaning: String {
    switch self {
    case .none: "Rates are those of the counts."
    case .total:
      "Rates are those for one count of the row's total: multiplied by the sum of the modality's values in that row "
        + "where it is known, and shown as they are where it is not, as in `generate`."
    }
  }
}

/// lambda of a modality: a number, or one that makes up for few values.
package enum ReconstructionWeight: Equatable, Sendable, CustomStringConvertible {
  case factor(Double)
  /// Values of the largest modality over its own.
  case dimensions

  package var description: String {
    switch self {
    case .factor(let factor): "\(factor)"
    case .dimensions: "dimensions"
    }
  }
}
