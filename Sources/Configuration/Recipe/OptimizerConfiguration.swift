internal import Yams

/// Which optimiser takes the steps, and its constants.
package struct OptimizerConfiguration: Equatable, Sendable {
  package var name = Name.adam
  package var beta1 = 0.9
  package var beta2 = 0.999
  package var epsilon = 1e-8
  /// Of `adamw`: what a rate of 1 would take from every weight in a step.
  package var weightDecay = 0.0

  package init() {}

  /// The optimisers, as PyTorch defines them.
  package enum Name: String, ConfigurationChoice {
    case adam, adamw, adamax

    package var meaning: String {
      switch self {
      case .adam: "Adam (Kingma & Ba 2015)."
      case .adamw: "Adam with decoupled weight decay (Loshchilov & Hutter 2019)."
      case .adamax: "Adam with the infinity norm in place of the second moment (Kingma & Ba 2015, section 7.1)."
      }
    }
  }
}

extension OptimizerConfiguration {
  static let key = KeyDescription.mapping(
    "optimizer", fallback: "`adam`", "Which optimiser takes the steps, as PyTorch defines it.",
    keys: [
      Keys.name.description, Keys.beta1.description, Keys.beta2.description, Keys.epsilon.description,
      Keys.weightDecay.description,
    ])

  private enum Keys {
    static let name = ConfigurationKey<Name>.choice("name", "The optimiser.").or(.adam)
    static let beta1 = ConfigurationKey.number(
      "beta1", "from 0 to below 1", "Decay of the running mean of gradients."
    ) { 0..<1 ~= $0 }.or(0.9)
    static let beta2 = ConfigurationKey.number(
      "beta2", "from 0 to below 1", "Decay of the running mean of their squares, or of their largest size."
    ) { 0..<1 ~= $0 }.or(0.999)
    static let epsilon = ConfigurationKey.number(
      "epsilon", "above 0 in single precision", "Keeps the denominator from 0."
    ) { Float($0) > 0 }.or(1e-8)
    static let weightDecay = ConfigurationKey.number(
      "weight_decay", "of at least 0",
      "Of `adamw`: before each step every parameter is multiplied by 1 - learning rate x this."
    ) { $0 >= 0 }.or(0.01)
  }

  init(_ reader: ConfigurationReader) throws(ConfigurationError) {
    name = try reader.value(Keys.name)
    beta1 = try reader.value(Keys.beta1)
    beta2 = try reader.value(Keys.beta2)
    epsilon = try reader.value(Keys.epsilon)
    if name == .adamw {
      weightDecay = try reader.value(Keys.weightDecay)
    } else if reader.has(Keys.weightDecay.name) {
      throw ConfigurationError(
        key: reader.path(of: Keys.weightDecay.name), "only adamw decays weights; this optimiser is \(name)")
    }
  }

  var node: Node {
    let constants: [(String, Node)] = [
      ("name", .scalar(name)), ("beta1", .scalar(beta1)), ("beta2", .scalar(beta2)), ("epsilon", .scalar(epsilon)),
    ]
    return .map(constants + (name == .adamw ? [("weight_decay", .scalar(weightDecay))] : []), oneLine: true)
  }
}
