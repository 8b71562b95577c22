internal import Yams

/// The lower bound of log p(x) that training raises.
package enum TrainingObjective: Equatable, Sendable {
  case elbo
  /// The importance-weighted bound with K draws of the latents for every row.
  case iwae(draws: Int)

  /// K.
  package var draws: Int {
    switch self {
    case .elbo: 1
    case .iwae(let draws): draws
    }
  }
}

extension TrainingObjective {
  static let keys = [Keys.objective.description, Keys.draws.description]

  enum Kind: String, ConfigurationChoice {
    case elbo
    case iwae

    var meaning: String {
      switch self {
      case .elbo: "The evidence lower bound, divergences in closed form."
      case .iwae:
        "The importance-weighted bound log 1/K Σ w of `draws` draws, family `mhvae` only; encoders run once a row, "
          + "everything behind the latents once a draw. With one draw it is `elbo`."
      }
    }
  }

  private enum Keys {
    static let objective = ConfigurationKey.choice(
      "objective", "The bound that training raises."
    ).or(Kind.elbo)
    static let draws = ConfigurationKey.integer(
      "draws", in: 1...4096,
      "K of `objective: iwae`. Time and memory of decoders and generators grow with it, and their batch norms see K times "
        + "the rows."
    ).optional("required by `iwae`")
  }

  /// - Parameter reader: the mapping `training`.
  init(_ reader: ConfigurationReader) throws(ConfigurationError) {
    let (kind, draws) = (try reader.value(Keys.objective), try reader.value(Keys.draws))
    switch (kind, draws) {
    case (.elbo, nil), (.elbo, 1): self = .elbo
    case (.elbo, _):
      throw ConfigurationError(
        key: reader.path(of: Keys.draws.name),
        "the elbo has one draw a row; several are for training.objective=iwae")
    case (.iwae, let draws?): self = .iwae(draws: draws)
    case (.iwae, nil):
      throw ConfigurationError(
        key: reader.path(of: Keys.draws.name), "missing; objective iwae needs a number of draws, such as 5")
    }
  }

  /// Nothing of what earlier versions do, too.
  var entries: [(String, Node)] {
    switch self {
    case .elbo: []
    case .iwae(let draws): [(Keys.objective.name, .scalar(Kind.iwae.rawValue)), (Keys.draws.name, .scalar(draws))]
    }
  }
}
