internal import Foundation
internal import Yams

/// How the learning rate changes: a linear warm-up, then a shape.
package struct LearningRateSchedule: Equatable, Sendable {
  /// W, the steps over which the rate rises linearly from 0; none if 0.
  package var warmUpSteps = 0
  package var shape = Shape.constant

  package init(warmUpSteps: Int = 0, shape: Shape = .constant) {
    (self.warmUpSteps, self.shape) = (warmUpSteps, shape)
  }

  /// What the rate does after its warm-up.
  package enum Shape: Equatable, Sendable {
    case constant
    /// Falls along half a cosine, which reaches `minimum` behind the last step of all epochs.
    case cosine(minimum: Double)
    /// Is multiplied by `factor` every so many epochs.
    case step(factor: Double, epochs: Int)
    /// Is multiplied by `factor` when the validation ELBO has not risen for more than `patience` epochs, down to
    /// `minimum`.
    case plateau(factor: Double, patience: Int, minimum: Double)
  }

  /// What the rate of a step depends on, besides the schedule.
  package struct Position {
    /// t, optimiser steps taken before this one.
    package let step: UInt64
    package let stepsPerEpoch: Int
    /// Of the whole run.
    package let epochs: Int
    /// How often a plateau has lowered the rate so far.
    package let reductions: Int

    package init(step: UInt64, stepsPerEpoch: Int, epochs: Int, reductions: Int) {
      (self.step, self.stepsPerEpoch, self.epochs, self.reductions) = (step, stepsPerEpoch, epochs, reductions)
    }
  }

  /// The learning rate of one step.
  ///
  /// `r min(1, (t+1)/W)` while t < W. After that `r`, or
  /// `r_min + (r - r_min) (1 + cos(π (t-W)/(T-W))) / 2` with T steps in all, or `r g^⌊epoch/s⌋`, or
  /// `max(r_min, r g^reductions)`.
  /// - Parameter base: r.
  package func rate(base: Double, at position: Position) -> Double {
    let (step, warmUp) = (Double(position.step), Double(warmUpSteps))
    if step < warmUp { return base * (step + 1) / warmUp }
    switch shape {
    case .constant:
      return base
    case .cosine(let minimum):
      let total = Double(position.stepsPerEpoch) * Double(position.epochs)
      // Where a run goes on with fewer epochs, or the warm-up takes all of them, the rate has arrived.
      let progress = total > warmUp ? min(1, (step - warmUp) / (total - warmUp)) : 1
      return minimum + (base - minimum) * (1 + cos(.pi * progress)) / 2
    case .step(let factor, let epochs):
      let epoch = Int(position.step) / position.stepsPerEpoch
      return base * pow(factor, Double(epoch / epochs))
    case .plateau(let factor, _, let minimum):
      return max(min(minimum, base), base * pow(factor, Double(position.reductions)))
    }
  }
}

extension LearningRateSchedule {
  static let key = KeyDescription.mapping(
    "learning_rate_schedule", fallback: "constant, no warm-up", "How the learning rate changes from step to step.",
    keys: [
      Keys.name.description, Keys.warmUpSteps.description, Keys.minimum.description, Keys.factor.description,
      Keys.epochs.description, Keys.patience.description,
    ])

  /// The names of shapes.
  package enum Name: String, ConfigurationChoice {
    case constant, cosine, step, plateau

    package var meaning: String {
      switch self {
      case .constant: "The rate stays."
      case .cosine: "It falls along half a cosine, which reaches `minimum` behind the last step of all epochs."
      case .step: "It is multiplied by `factor` every `epochs` epochs."
      case .plateau:
        "It is multiplied by `factor` when the validation ELBO has not risen for more than `patience` epochs behind "
          + "the warm-ups, down to `minimum`."
      }
    }

    /// The keys that a schedule of this name has, besides `name` and `warm_up_steps`.
    fileprivate var keys: [String] {
      switch self {
      case .constant: []
      case .cosine: ["minimum"]
      case .step: ["factor", "epochs"]
      case .plateau: ["factor", "patience", "minimum"]
      }
    }
  }

  package var name: Name {
    switch shape {
    case .constant: .constant
    case .cosine: .cosine
    case .step: .step
    case .plateau: .plateau
    }
  }

  private enum Keys {
    static let name = ConfigurationKey<Name>.choice("name", "What the rate does after its warm-up.").or(.constant)
    static let warmUpSteps = ConfigurationKey.integer(
      "warm_up_steps", in: 0...Int(UInt32.max), "W, steps over which the rate rises linearly from 0 to `learning_rate`."
    ).or(0)
    static let minimum = ConfigurationKey.number(
      "minimum", "of at least 0", "The lowest rate of `cosine` and `plateau`."
    ) { $0 >= 0 }.or(0)
    static let factor = ConfigurationKey.number(
      "factor", "above 0 and below 1", "What `step` and `plateau` multiply the rate by."
    ) { $0 > 0 && $0 < 1 }.or(0.1)
    static let epochs = ConfigurationKey.integer(
      "epochs", in: 1...Int(UInt32.max), "Epochs from one reduction of `step` to the next."
    ).optional("`step` needs it")
    static let patience = ConfigurationKey.integer(
      "patience", in: 0...Int(UInt32.max), "Epochs without a better validation ELBO that `plateau` accepts."
    ).or(10)
  }

  /// - Throws: `ConfigurationError` also for keys that the named shape does not have.
  init(_ reader: ConfigurationReader) throws(ConfigurationError) {
    let name = try reader.value(Keys.name)
    for key in [Keys.minimum.name, Keys.factor.name, Keys.epochs.name, Keys.patience.name] {
      guard reader.has(key), !name.keys.contains(key) else { continue }
      throw ConfigurationError(key: reader.path(of: key), "a schedule that is \(name) has no such key")
    }
    warmUpSteps = try reader.value(Keys.warmUpSteps)
    switch name {
    case .constant: shape = .constant
    case .cosine: shape = .cosine(minimum: try reader.value(Keys.minimum))
    case .step:
      guard let epochs = try reader.value(Keys.epochs) else {
        throw ConfigurationError(key: reader.path(of: Keys.epochs.name), "missing: a schedule that is step needs it")
      }
      shape = .step(factor: try reader.value(Keys.factor), epochs: epochs)
    case .plateau:
      shape = .plateau(
        factor: try reader.value(Keys.factor), patience: try reader.value(Keys.patience),
        minimum: try reader.value(Keys.minimum))
    }
  }

  var node: Node {
    var pairs: [(String, Node)] = [("name", .scalar(name)), ("warm_up_steps", .scalar(warmUpSteps))]
    switch shape {
    case .constant: break
    case .cosine(let minimum): pairs.append(("minimum", .scalar(minimum)))
    case .step(let factor, let epochs): pairs += [("factor", .scalar(factor)), ("epochs", .scalar(epochs))]
    case .plateau(let factor, let patience, let minimum):
      pairs += [("factor", .scalar(factor)), ("patience", .scalar(patience)), ("minimum", .scalar(minimum))]
    }
    return .map(pairs, oneLine: true)
  }
}
