import Communication
import Configuration
import Evaluation
import Foundation
import Kernels
import Layers
import Models
import Storage
import TestSupport

/// An image of two channels, one of three classes, and two switches.
let smallModel = """
  family: mhvae
  modalities:
    - name: image
      shape: [2, 2, 3]
      likelihood: bernoulli
      latent: 2
      encoder: [{conv: 3, kernel: 2, norm: batch, activation: swish}, {linear: 4}]
      decoder: [{linear: 12}]
    - name: label
      shape: [3]
      likelihood: categorical
      latent: 2
      encoder: [{linear: 4, norm: batch, activation: leaky_relu}]
      decoder: [{linear: 3}]
    - name: switches
      shape: [2]
      likelihood: bernoulli
      latent: 2
      encoder: [{linear: 4}]
      decoder: [{linear: 2}]
  core: {latent: 3, encoder: [{linear: 4}], generator: [{linear: 4}]}
  """

/// The small model with random weights.
/// - Parameter family: of the model; `mhvae, top-down` is MHVAE with a top-down posterior.
func smallTrainedModel(_ family: String = "mhvae") throws -> any Model {
  let document =
    switch family {
    case "mhvae": smallModel
    case "mhvae, top-down": "posterior: top_down\n" + smallModel
    default:
      smallModel.replacing(
        "family: mhvae", with: "family: \(family)\nlatent: 3" + (family == "jmvae" ? "\nalpha: 0.3" : "")
      )
      .replacing("\n    latent: 2", with: "").replacing(/\ncore: .*/, with: "")
    }
  let model = try makeModel(ModelConfiguration(yaml: document))
  model.memory.initialize(seed: 7)
  return model
}

extension Model {
  /// Sets every value of a parameter.
  func set(_ name: String, _ values: [Float]) {
    guard let descriptor = memory.parameters.descriptors.first(where: { $0.name == name }) else {
      preconditionFailure("no parameter \(name)")
    }
    descriptor.order.load(fileOrder: values, into: memory.values.base + descriptor.slice.offset)
  }
}

extension Model {
  /// Sets all values of a parameter to one.
  func fill(_ name: String, _ value: Float) {
    guard let descriptor = memory.parameters.descriptor(named: name) else {
      preconditionFailure("no parameter \(name)")
    }
    set(name, [Float](repeating: value, count: descriptor.slice.count))
  }
}

/// Calls `body` with a dataset of `rows` rows in each split, by default test rows only: twelve pixels as they come, class r modulo 3, switches on and off.
func withSmallDataset(
  rows: Int, _ splits: Split..., imageShape: [Int] = [2, 2, 3], _ body: (borrowing PackedDataset) throws -> Void
) throws {
  let modalities = [
    ModalityDescription(
      name: "image", shape: imageShape, likelihood: "bernoulli", encoding: .values, elementType: .uint8,
      scale: 1 / 255),
    ModalityDescription(
      name: "label", shape: [3], likelihood: "categorical", encoding: .classIndex, elementType: .uint8),
    ModalityDescription(
      name: "switches", shape: [2], likelihood: "bernoulli", encoding: .values, elementType: .uint8),
  ]
  let splits = splits.isEmpty ? [.test] : splits
  try temporaryDirectory { directory in
    let path = directory.appending(path: "small.h5").path
    var writer = try PackedDatasetWriter.create(
      at: path, replacing: false, name: "small", modalities: modalities,
      rowCounts: Dictionary(uniqueKeysWithValues: splits.map { ($0, rows) }), splitSeed: nil,
      creator: "tests")
    let images = (0..<12 * rows).map { UInt8(truncatingIfNeeded: 37 * $0) }
    let labels = (0..<rows).map { UInt8($0 % 3) }
    let switches: [UInt8] = (0..<rows).flatMap { _ in [1, 0] }
    for split in splits {
      try writer.append(images.span.bytes, to: "image", split)
      try writer.append(labels.span.bytes, to: "label", split)
      try writer.append(switches.span.bytes, to: "switches", split)
      try writer.append(sourceRows: Array(0..<rows), to: split)
    }
    _ = try writer.finish()
    try body(try PackedDataset.open(path))
  }
}

/// An evaluator alone in its world.
func evaluator(
  _ model: any Model, _ dataset: borrowing PackedDataset, limit: Int? = nil, seed: UInt64 = 1
) throws -> Evaluator {
  try Evaluator(model, dataset, limit: limit, seed: seed, collectives: SingleRank())
}
