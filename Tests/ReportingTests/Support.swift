import Configuration
import Evaluation
import Foundation
import Layers
import Models
import Reporting
import Runs
import Storage
import TestSupport

/// A grey picture of 4 x 3, one of three classes, and two switches.
let smallConfiguration = """
  name: NAME
  model:
    family: mhvae
    modalities:
      - name: image
        shape: [1, 4, 3]
        likelihood: bernoulli
        latent: 2
        dropout: 0
        encoder: [{linear: 4}]
        decoder: [{linear: 12}]
      - name: label
        shape: [3]
        likelihood: categorical
        latent: 2
        dropout: 0
        encoder: [{linear: 4}]
        decoder: [{linear: 3}]
      - name: switches
        shape: [2]
        likelihood: bernoulli
        latent: 2
        dropout: 0
        encoder: [{linear: 4}]
        decoder: [{linear: 2}]
    core: {latent: 3, encoder: [{linear: 4}], generator: [{linear: 4}]}
  training:
    epochs: 4
    batch_size: 8
    learning_rate: 0.001
    seed: 1
    warm_up: {modality: 2, core: 3}
    keep_checkpoints: 1
  evaluation: {samples: 10}
  """

/// The files of a run.
struct RunFiles {
  var name = "small"
  var metrics = ""
  var steps = ""
  var journal = ""
  var evaluation: EvaluationReport?

  /// Calls `body` with a run that has these files, read from the directory `directoryName`.
  func read<Result>(from directoryName: String = "run", _ body: (RunRecord) throws -> Result) throws -> Result {
    try temporaryDirectory { directory in
      let run = directory.appending(path: directoryName)
      try FileManager.default.createDirectory(at: run, withIntermediateDirectories: true)
      let configuration = smallConfiguration.replacing("NAME", with: json(name))
      var files = [
        "config.yaml": Data(configuration.utf8), "metrics.jsonl": Data(metrics.utf8), "steps.jsonl": Data(steps.utf8),
        "journal.jsonl": Data(journal.utf8),
      ]
      files["evaluation.json"] = try evaluation.map { Data(try $0.json) }
      for (name, content) in files { try content.write(to: run.appending(path: name)) }
      return try body(try RunRecord(reading: RunDirectory(run.path)))
    }
  }
}

/// A line of `metrics.jsonl`.
/// - Parameters:
///   - step: 10 for each epoch if not said.
///   - elbo: as JSON, so that it may be `"NaN"`.
func metricsLine(
  epoch: Int, step: String? = nil, elbo: String = "-5.5", term: String = "kl/core", termValue: Double = 1.25,
  hasValidation: Bool = true, warmUp: Double = 1, speed: String = "100", seconds: String = "2", worldSize: Int = 2
) -> String {
  let report = "{\"elbo\":\(elbo),\"loss\":5.5,\"terms\":{\(json(term)):\(termValue)}}"
  let validation = hasValidation ? "\"validation\":\(report)," : ""
  return
    "{\"epoch\":\(epoch),\"step\":\(step ?? "\(10 * epoch)"),\"training\":\(report),\(validation)\"warm_up_core\":\(warmUp),"
    + "\"images_per_second\":\(speed),\"seconds\":\(seconds),\"world_size\":\(worldSize)}\n"
}

/// A string as JSON, which is YAML as well.
func json(_ text: String) -> String {
  let encoder = JSONEncoder()
  encoder.outputFormatting = .withoutEscapingSlashes
  return String(decoding: (try? encoder.encode(text)) ?? Data(), as: UTF8.self)
}

/// The small model with random weights.
func smallModel(_ change: (inout ModelConfiguration) -> Void = { _ in }) throws -> any Model {
  let yaml = smallConfiguration.replacing("NAME", with: "small")
  var configuration = try ConfigurationSource(yaml: yaml).resolve().model
  change(&configuration)
  let model = try makeModel(configuration)
  model.memory.initialize(seed: 7)
  return model
}

/// Calls `body` with test rows for the small model: row r has class r modulo 3.
func withSmallDataset<Result>(
  rows: Int, classNames: [String] = [], _ body: (borrowing PackedDataset) throws -> Result
) throws -> Result {
  let modalities = [
    ModalityDescription(
      name: "image", shape: [1, 4, 3], likelihood: "bernoulli", encoding: .values, elementType: .uint8, scale: 1 / 255),
    ModalityDescription(
      name: "label", shape: [3], likelihood: "categorical", encoding: .classIndex, elementType: .uint8,
      classNames: classNames),
    ModalityDescription(
      name: "switches", shape: [2], likelihood: "bernoulli", encoding: .values, elementType: .uint8),
  ]
  return try temporaryDirectory { directory in
    let path = directory.appending(path: "small.h5").path
    var writer = try PackedDatasetWriter.create(
      at: path, replacing: false, name: "small", modalities: modalities, rowCounts: [.test: rows], splitSeed: nil,
      creator: "tests")
    let images = (0..<12 * rows).map { UInt8(truncatingIfNeeded: 37 * $0) }
    let labels = (0..<rows).map { UInt8($0 % 3) }
    let switches: [UInt8] = (0..<rows).flatMap { _ in [1, 0] }
    try writer.append(images.span.bytes, to: "image", .test)
    try writer.append(labels.span.bytes, to: "label", .test)
    try writer.append(switches.span.bytes, to: "switches", .test)
    try writer.append(sourceRows: Array(0..<rows), to: .test)
    _ = try writer.finish()
    return try body(try PackedDataset.open(path))
  }
}
