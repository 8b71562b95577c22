import Foundation
import Storage
import TestSupport

/// A made-up dataset of four modalities, one of each kind, that all follow from a hidden number, and a model of it.
enum SensorData {
  static let families = ["mhvae", "jmvae", "mvae"]

  /// A complete configuration.
  static func configuration(family: String) -> String {
    let latent = family == "mhvae" ? "latent: 3" : ""
    let modalities = [
      "name: picture, shape: [1, 8, 8], likelihood: bernoulli, "
        + "encoder: [{conv: 4, kernel: 4, stride: 2, padding: 1, norm: batch, activation: swish}, {linear: 8}], "
        + "decoder: [{linear: 64, activation: swish}, {reshape: [4, 4, 4]}, "
        + "{deconv: 1, kernel: 4, stride: 2, padding: 1}]",
      "name: label, shape: [5], likelihood: categorical, "
        + "encoder: [{linear: 8, norm: batch, activation: leaky_relu}], decoder: [{linear: 5}]",
      "name: sensor, shape: [6], likelihood: gaussian, scale: learned, "
        + "encoder: [{linear: 8, activation: relu}], decoder: [{linear: 6}]",
      "name: switches, shape: [3], likelihood: bernoulli, "
        + "encoder: [{linear: 8, activation: swish}], decoder: [{linear: 3}]",
    ]
    let core =
      family == "mhvae"
      ? "core: {latent: 4, encoder: [{linear: 8, norm: batch, activation: leaky_relu}], generator: [{linear: 8}]}"
      : family == "jmvae" ? "latent: 4\n  alpha: 0.01" : "latent: 4"
    return """
      name: sensors
      model:
        family: \(family)
        modalities:
      \(modalities.map { "    - {\($0)\(latent.isEmpty ? "" : ", \(latent)")}" }.joined(separator: "\n"))
        \(core)
      training:
        epochs: 1
        batch_size: 48
        learning_rate: 0.001
        seed: 1
        warm_up: {modality: 1, core: 1}
        keep_checkpoints: 1
      evaluation:
        samples: 20
      """
  }

  /// Calls `body` with a new directory and the packed dataset in it.
  /// - Parameter overwrittenRows: what the sensor shows in some training rows instead.
  static func withDataset<Result>(
    rows: [Split: Int] = [.train: 480, .validation: 20, .test: 30], overwrittenRows: [Int: Float] = [:],
    _ body: (_ directory: String, _ dataset: String) throws -> Result
  ) throws -> Result {
    try temporaryDirectory { directory in
      let path = directory.appending(path: "sensors.h5").path
      try pack(rows, overwrittenRows, to: path)
      return try body(directory.path, path)
    }
  }

  private static let modalities = [
    ModalityDescription(
      name: "picture", shape: [1, 8, 8], likelihood: "bernoulli", encoding: .values, elementType: .uint8,
      scale: 1 / 255),
    ModalityDescription(
      name: "label", shape: [5], likelihood: "categorical", encoding: .classIndex, elementType: .uint8,
      classNames: ["north", "east", "south", "west", "up"]),
    ModalityDescription(
      name: "sensor", shape: [6], likelihood: "gaussian", encoding: .values, elementType: .float32),
    ModalityDescription(
      name: "switches", shape: [3], likelihood: "bernoulli", encoding: .values, elementType: .uint8,
      classNames: ["pump", "valve", "light"]),
  ]

  private static func pack(_ rowCounts: [Split: Int], _ overwrittenRows: [Int: Float], to path: String) throws {
    var writer = try PackedDatasetWriter.create(
      at: path, replacing: false, name: "sensors", modalities: modalities, rowCounts: rowCounts, splitSeed: nil,
      creator: "tests")
    for (split, rows) in rowCounts.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
      let hidden = (0..<rows).map { $0 * 7 % 5 }
      let pictures = hidden.indices.flatMap { picture(row: $0, cause: hidden[$0]) }
      let labels = hidden.map { UInt8($0) }
      var sensors = hidden.indices.flatMap { sensor(row: $0, cause: hidden[$0]) }
      for (row, value) in overwrittenRows where split == .train { sensors[6 * row] = value }
      let switches = hidden.flatMap { cause in (0..<3).map { UInt8(cause >> $0 & 1) } }
      try writer.append(pictures.span.bytes, to: "picture", split)
      try writer.append(labels.span.bytes, to: "label", split)
      try writer.append(sensors.span.bytes, to: "sensor", split)
      try writer.append(switches.span.bytes, to: "switches", split)
      try writer.append(sourceRows: Array(0..<rows), to: split)
    }
    _ = try writer.finish()
  }

  /// A bright line whose height tells the cause.
  private static func picture(row: Int, cause: Int) -> [UInt8] {
    (0..<64).map { pixel -> UInt8 in pixel / 8 == cause ? 230 : UInt8(20 + 13 * ((row + pixel) % 9)) }
  }

  private static func sensor(row: Int, cause: Int) -> [Float] {
    (0..<6).map { index -> Float in Float(cause) - 2 + 0.1 * Float((row + index) % 7) }
  }
}
