internal import Communication
package import Configuration
package import Foundation
internal import Layers
internal import Models
package import Storage
internal import TestSupport
package import Testing
package import Training

/// A small model with everything a checkpoint may hold: an image of two channels and one of three classes.
package let smallModel = """
  family: mhvae
  modalities:
    - name: image
      shape: [2, 2, 3]
      likelihood: bernoulli
      latent: 2
      encoder: [{conv: 3, kernel: 2, norm: batch, activation: swish}, {linear: 4}]
      decoder: [{linear: 12, activation: swish}]
    - name: label
      shape: [3]
      likelihood: categorical
      latent: 2
      encoder: [{linear: 4, norm: batch, activation: leaky_relu}]
      decoder: [{linear: 3}]
  core: {latent: 3, encoder: [{linear: 4}], generator: [{linear: 4}]}
  """

package let smallDataModalities = modalities(imageScale: 0.5)

private func modalities(imageScale: Double) -> [ModalityDescription] {
  [
    ModalityDescription(
      name: "image", shape: [2, 2, 3], likelihood: "bernoulli", encoding: .values, elementType: .uint8,
      scale: imageScale),
    ModalityDescription(
      name: "label", shape: [3], likelihood: "categorical", encoding: .classIndex, elementType: .uint8),
  ]
}

/// The stored bytes of row `row`: 12 r, 12 r + 1, ... in (channel, row, column) order.
package func imageBytes(row: Int) -> [UInt8] { (0..<12).map { UInt8(truncatingIfNeeded: 12 * row + $0) } }

/// Writes `rows` training rows whose class is the row's number modulo 3, the first of them for validation, too, and
/// opens them.
package func smallDataset(at url: URL, rows: Int, validationRows: Int = 0, scale: Double = 0.5) throws -> PackedDataset
{
  var writer = try PackedDatasetWriter.create(
    at: url.path, replacing: false, name: "small", modalities: modalities(imageScale: scale),
    rowCounts: validationRows > 0 ? [.train: rows, .validation: validationRows] : [.train: rows],
    splitSeed: nil, creator: "tests")
  for (split, rows) in [(Split.train, rows), (.validation, validationRows)] where rows > 0 {
    let images = (0..<rows).flatMap(imageBytes)
    try writer.append(images.span.bytes, to: "image", split)
    let labels = (0..<rows).map { UInt8($0 % 3) }
    try writer.append(labels.span.bytes, to: "label", split)
    try writer.append(sourceRows: Array(0..<rows), to: split)
  }
  _ = try writer.finish()
  return try PackedDataset.open(url.path)
}

/// The small model in training: three steps an epoch with 12 rows.
package func smallConfiguration(epochs: Int) throws -> RunConfiguration {
  let model = smallModel.split(separator: "\n").map { "  \($0)" }.joined(separator: "\n")
  return try RunConfiguration(
    yaml: """
      name: small
      model:
      \(model)
      training:
        epochs: \(epochs)
        batch_size: 4
        learning_rate: 0.01
        seed: 1
        warm_up: {modality: 1, core: 1}
        keep_checkpoints: 5
      evaluation: {samples: 10}
      """)
}

/// A replica of the small model with random weights, alone in its world.
package func smallReplica(seed: UInt64 = 1, model: String = smallModel) throws -> Replica {
  let replica = try Replica(ModelConfiguration(yaml: model), rows: 4, collectives: SingleRank())
  replica.model.memory.initialize(seed: seed)
  return replica
}

/// The message of the error that `body` must throw.
package func message(
  sourceLocation: SourceLocation = #_sourceLocation, _ body: () throws -> Void
) throws -> String {
  "\(try #require(throws: (any Error).self, sourceLocation: sourceLocation) { try body() })"
}
