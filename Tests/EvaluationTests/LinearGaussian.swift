import Configuration
import Evaluation
import Foundation
import Models
import Runs
import Storage
import TestSupport

/// A model of which everything is known: z is standard normal, x = w z + b and y = u z + c with noise of variance e^s and
/// e^t. Its encoders give the exact posterior, or one that is wider.
struct LinearGaussian {
  static let (w, b, s): ([Double], [Double], Double) = ([0.75, -1.5], [0.3, -0.2], -1.13)
  static let (u, c, t): (Double, Double, Double) = (1.25, 0.5, -0.75)
  /// y in files is 10 + 3 y.
  static let unit = (mean: 10.0, deviation: 3.0)

  /// - Parameter excess: added to the log-variances of the experts.
  static func trained(excess: Double = 0, fingerprint: String) throws -> TrainedModel {
    let configuration = try RunConfiguration(
      yaml: """
        name: linear
        model:
          family: mvae
          latent: 1
          modalities:
            - {name: x, shape: [2], likelihood: gaussian, scale: learned, encoder: [{linear: 2}], decoder: [{linear: 2}]}
            - name: y
              shape: [1]
              likelihood: gaussian
              scale: per_value
              encoder: [{linear: 1}]
              decoder: [{linear: 1}]
              source_unit: {mean: [10], deviation: [3]}
        training: {epochs: 1, batch_size: 2, learning_rate: 1, seed: 1, warm_up: {core: 1}, keep_checkpoints: 1}
        evaluation: {samples: 10}
        """)
    let model = try makeModel(configuration.model)
    func set(_ name: String, w: [Double], b: [Double], s: Double, scale: String, identity: [Float]) {
      let prefix = "modality.\(name)"
      // The expert beside the prior: N(z; w·(x - b) / |w|², e^s / |w|²).
      let square = w.reduce(0) { $0 + $1 * $1 }
      model.set("\(prefix).encoder.0.linear.weight", identity)
      model.set("\(prefix).encoder.0.linear.bias", w.map { _ in 0 })
      model.set("\(prefix).posterior.mean.weight", w.map { Float($0 / square) })
      model.set("\(prefix).posterior.mean.bias", [Float(-zip(w, b).reduce(0) { $0 + $1.0 * $1.1 } / square)])
      model.set("\(prefix).posterior.logvar.weight", w.map { _ in 0 })
      model.set("\(prefix).posterior.logvar.bias", [Float(s - log(square) + excess)])
      model.set("\(prefix).decoder.0.linear.weight", w.map { Float($0) })
      model.set("\(prefix).decoder.0.linear.bias", b.map { Float($0) })
      model.set("\(prefix).likelihood.logvar", [Float(s)])
    }
    set("x", w: w, b: b, s: s, scale: "learned", identity: [1, 0, 0, 1])
    set("y", w: [u], b: [c], s: t, scale: "per_value", identity: [1])
    return TrainedModel(configuration: configuration, model: model, epoch: 1, dataFingerprint: fingerprint)
  }

  typealias Row = (x: [Float]?, y: Float?)

  /// Packs test rows, and training rows; nil is absent.
  /// - Parameter standardises: whether the file has the unit that the model was trained in, or the numbers as they are.
  static func pack(_ rows: [Row], training: [Row] = [], standardises: Bool = true, to path: String) throws {
    let modalities = [
      ModalityDescription(name: "x", shape: [2], likelihood: "gaussian", encoding: .values, elementType: .float32),
      ModalityDescription(
        name: "y", shape: [1], likelihood: "gaussian", encoding: .values, elementType: .float32,
        standardization: standardises ? Standardization(mean: [unit.mean], deviation: [unit.deviation]) : nil),
    ]
    var writer = try PackedDatasetWriter.create(
      at: path, replacing: false, name: "linear", modalities: modalities,
      rowCounts: [.test: rows.count, .train: training.count], gaps: [.test: ["x", "y"], .train: ["x", "y"]],
      splitSeed: nil, creator: "tests")
    for (split, rows) in [(Split.test, rows), (.train, training)] where !rows.isEmpty {
      let x = rows.flatMap { $0.x ?? [0, 0] }
      let y = rows.map { Float(unit.mean) + Float(unit.deviation) * ($0.y ?? 0) }
      try writer.append(x.span.bytes, to: "x", split)
      try writer.append(y.span.bytes, to: "y", split)
      try writer.append(present: rows.map { $0.x != nil }, to: "x", split)
      try writer.append(present: rows.map { $0.y != nil }, to: "y", split)
      try writer.append(sourceRows: rows.indices.map { 100 + $0 }, to: split)
    }
    _ = try writer.finish()
  }

  /// The Gaussian of z given some of the observations.
  static func posterior(x: [Float]?, y: Float?) -> (mean: Double, variance: Double) {
    var (precision, sum) = (1.0, 0.0)
    if let x {
      precision += w.reduce(0) { $0 + $1 * $1 } * exp(-s)
      sum += zip(w, zip(x, b)).reduce(0) { $0 + $1.0 * (Double($1.1.0) - $1.1.1) } * exp(-s)
    }
    if let y {
      precision += u * u * exp(-t)
      sum += u * (Double(y) - c) * exp(-t)
    }
    return (sum / precision, 1 / precision)
  }

  /// log p of what is there, one value after the other, each given those before.
  static func logDensity(x: [Float]?, y: Float?) -> Double {
    var (mean, variance, total) = (0.0, 1.0, 0.0)
    func add(_ value: Double, _ weight: Double, _ offset: Double, _ noise: Double) {
      let predicted = weight * weight * variance + noise
      let distance = value - weight * mean - offset
      total -= 0.5 * (log(2 * .pi * predicted) + distance * distance / predicted)
      let gain = weight * variance / predicted
      mean += gain * distance
      variance *= 1 - gain * weight
    }
    if let x { for i in 0..<2 { add(Double(x[i]), w[i], b[i], exp(s)) } }
    if let y { add(Double(y), u, c, exp(t)) }
    return total
  }
}
