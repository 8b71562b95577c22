import Communication
import Configuration
import Foundation
import GradientExchange
import Kernels
import Layers
import Models
import Optimizers
import Runs
import SmallModel
import Storage
import TestSupport
import Testing
import Training

struct RunSummaryTests {
  /// Ten training and three validation rows in the form of MNIST, zeros all.
  private func summary(
    _ changes: String..., worldSize: Int, hosts: Int = 1, exchange: ExchangeMethod = .allReduce, wire: WireFormat = .f32
  ) throws -> (RunSummary, RunConfiguration) {
    try summary(of: changes, worldSize: worldSize, hosts: hosts, exchange: exchange, wire: wire)
  }

  private func summary(
    of changes: [String], worldSize: Int, hosts: Int = 1, exchange: ExchangeMethod = .allReduce, wire: WireFormat = .f32
  ) throws -> (RunSummary, RunConfiguration) {
    try temporaryDirectory { directory throws in
      let path = directory.appending(path: "digits.h5").path
      let modalities = [
        ModalityDescription(
          name: "image", shape: [1, 28, 28], likelihood: "bernoulli", encoding: .values, elementType: .uint8,
          scale: 1.0 / 255),
        ModalityDescription(
          name: "label", shape: [10], likelihood: "categorical", encoding: .classIndex, elementType: .uint8),
      ]
      let counts: [Split: Int] = [.train: 10, .validation: 3]
      var writer = try PackedDatasetWriter.create(
        at: path, replacing: false, name: "digits", modalities: modalities, rowCounts: counts, splitSeed: nil,
        creator: "tests")
      for (split, rows) in counts {
        for modality in modalities {
          let zeros = [UInt8](repeating: 0, count: rows * modality.rowByteCount)
          try writer.append(zeros.span.bytes, to: modality.name, split)
        }
        try writer.append(sourceRows: Array(0..<rows), to: split)
      }
      _ = try writer.finish()
      var source = try ConfigurationSource(preset: "mnist")
      for change in ["training.batch_size=4"] + changes { try source.set(change) }
      let configuration = try source.resolve()
      var settings = ExchangeSettings(exchange)
      settings.wire = wire
      return (
        try RunSummary(
          configuration, dataset: try PackedDataset.open(path), worldSize: worldSize, hosts: hosts,
          exchange: settings), configuration
      )
    }
  }

  @Test("The layers of the mnist preset, as counted by hand")
  func layers() throws {
    let (summary, _) = try summary(worldSize: 1)
    func lines(_ network: String) -> [String] {
      summary.layers.filter { $0.network == network }.map { "\($0.input) \($0.output) \($0.parameterCount)" }
    }
    // Weights, bias, and gain and bias of the norm.
    #expect(
      lines("modality.image.encoder") == [
        "1x28x28 512 \(784 * 512 + 3 * 512)", "512 512 \(512 * 512 + 3 * 512)", "512 512 \(512 * 512 + 3 * 512)",
      ])
    #expect(lines("modality.image.decoder").last == "512 1x28x28 \(512 * 784 + 784)")
    #expect(lines("modality.label.posterior") == ["128 32 \(2 * (128 * 16 + 16))"])
    #expect(lines("core.encoder").first == "640 64 \(640 * 64 + 3 * 64)")
    #expect(lines("core.prior.label") == ["64 32 \(2 * (64 * 16 + 16))"])
    #expect(summary.layers.first?.operation == "linear 512, norm batch, activation leaky_relu")
    // Images 1 886 000, labels 76 586, core 51 028, two generators with priors of 11 488.
    #expect(summary.parameterCount == 2_036_590)
  }

  @Test(
    "The memory of the rank that needs most, as its run will take it", arguments: [false, true],
    BF16.engineName == nil ? ["f32"] : ["f32", "bf16"])
  func memory(averages: Bool, precision: String) throws {
    let (summary, configuration) = try summary(
      of: ["training.precision=\(precision)"] + (averages ? ["training.ema_decay=0.9"] : []), worldSize: 3)
    let bytes = Dictionary(uniqueKeysWithValues: summary.memory.map { ($0.name, $0.bytes) })
    #expect(bytes["parameters"] == 4 * 2_036_590)
    #expect(bytes["gradients"] == 4 * 2_036_590)
    let rounds = precision == "bf16"
    let kept = (averages ? "moments and averages" : "moments") + (rounds ? ", parameters in bf16" : "")
    #expect(bytes[kept] == ((averages ? 12 : 8) + (rounds ? 2 : 0)) * 2_036_590)
    // Two rows on the last rank, 64 in validation: 784 + 10 values, 16 + 16 + 10 draws, 2 masks.
    #expect(bytes["batches"] == 4 * (2 + 64) * (794 + 42 + 2))
    // Partitions of 3, 3, 2 and 2 rows, the last two on one rank; 784 + 1 bytes a row.
    #expect(bytes["training rows"] == 4 * 785)
    #expect(bytes["validation rows"] == 785)
    let replica = try ArenaTally.measure {
      try Replica(
        configuration.model, rows: 2, optimizer: configuration.training.optimizerSettings, collectives: SingleRank())
    }
    let copy = ArenaTally.measure { StateTensors(roomFor: replica.result.state) }
    #expect(bytes["copy for checkpoints, on rank 0"] == copy.bytes)
    let others = ["batches", "copy for checkpoints, on rank 0", "training rows", "validation rows"]
    #expect(
      replica.bytes == summary.memory.filter { !others.contains($0.name) }.map(\.bytes).reduce(0, +))
  }

  @Test("Memory and messages of several draws a row are those its run will take")
  func severalDraws() throws {
    let (summary, configuration) = try summary(
      "training.objective=iwae", "training.draws=5", "model.posterior=top_down", worldSize: 2)
    let bytes = Dictionary(uniqueKeysWithValues: summary.memory.map { ($0.name, $0.bytes) })
    // Two rows, 64 in validation, which has one draw; values, noise, masks.
    #expect(bytes["batches"] == 4 * (2 * (794 + 5 * 42 + 2) + 64 * (794 + 42 + 2)))
    let model = try makeModel(configuration.model)
    let pass = ArenaTally.measure { model.makeObjectivePass(rows: 2, draws: 5) }
    #expect(bytes["activations in training"] == pass.bytes)
    let one = ArenaTally.measure { model.makeObjectivePass(rows: 2) }
    #expect(pass.bytes > 2 * one.bytes, "decoders are half of the model")
    // Encoders, core encoder, generators and decoders after each other; back likewise. One more term.
    #expect(summary.exchange.map(\.messages) == [1, 1, 24])
    #expect(summary.exchange[1].bytes == 8 * (6 + 8))
  }

  @Test("The messages of a step, as counted by hand")
  func messages() throws {
    let (summary, _) = try summary(worldSize: 2)
    #expect(summary.stepsPerEpoch == 3)
    let norms = try #require(summary.exchange.first { $0.name == "batch-norm sums" })
    // Three depths each of encoders, core encoder beside decoders, and generators; back likewise. Two doubles a
    // channel, and one for each of the norms.
    #expect(norms.messages == 18)
    #expect(norms.bytes == 2 * 8 * 3 * (2 * (512 + 128 + 64 + 512 + 128 + 64 + 64) + 7))
    #expect(summary.exchange.map(\.messages) == [1, 1, 18])
    #expect(summary.exchange[0].bytes == 4 * 2_036_590)
    // Five terms, six causes to stop, one for a non-finite step, the gradient's norm.
    #expect(summary.exchange[1].bytes == 8 * (5 + 6 + 1 + 1))
  }

  @Test("The text names every network, and what one rank need not do")
  func text() throws {
    let one = try summary(worldSize: 1).0.description
    for word in [
      "mnist, mhvae: 2036590 parameters", "core.generator.label: 9408", "1x28x28 -> 512", "one rank sends",
      "--sample-every",
    ] {
      #expect(one.contains("\(word)"), "\(one)")
    }
    let two = try summary(worldSize: 2).0.description
    for word in ["each of 2 ranks", "3 steps an epoch, 4 rows each", "8146360 bytes"] {
      #expect(two.contains("\(word)"), "\(two)")
    }
  }

  @Test("What ranks of a node share is said to be there once; one rank shares nothing")
  func shared() throws {
    let names = ["parameters, once on a node", "moments, once on a node"]
    let (two, one) = (try summary(worldSize: 2, exchange: .shared).0, try summary(worldSize: 1, exchange: .shared).0)
    #expect(two.memory.map(\.name).filter { $0.hasSuffix("once on a node") } == names)
    #expect(two.exchange[0].name == "gradients, through shared memory within a node")
    let alone = try summary(worldSize: 2, exchange: .shared, wire: .bf16).0
    #expect(alone.description == two.description, "on one host nothing is rounded")
    let floats = try summary(worldSize: 2, hosts: 2, exchange: .shared).0
    let rounded = try summary(worldSize: 2, hosts: 2, exchange: .shared, wire: .bf16).0
    #expect(rounded.exchange[0].name == "gradients, through shared memory within a node, in bf16 between nodes")
    #expect(rounded.exchange[0].bytes == 2 * 2_036_590)
    let total = [two, floats, rounded].map { $0.memory.map(\.bytes).reduce(0, +) }
    // Half of the gradient arrives to be added up, give or take a cache line a bucket.
    #expect(abs(total[1] - total[0] - 4 * 2_036_590 / 2) <= 16 * 64)
    // What was lost, and its copy for checkpoints; in bf16 the gradient and the half that arrives.
    #expect(abs(total[2] - total[1] - 2 * 4 * 2_036_590 - 3 * 2_036_590) <= 16 * 64)
    #expect(one.description == (try summary(worldSize: 1).0.description))
  }

  @Test("Layers account for every parameter", arguments: Presets.names)
  func complete(preset: String) throws {
    for family in registeredFamilies where family.isGenerative {
      let model = try makeModel(ConfigurationSource(preset: preset, family: family.name).resolve().model)
      #expect(model.memory.layers.map(\.parameterCount).reduce(0, +) == model.memory.parameters.count)
    }
  }

  @Test("A learned scale is a parameter, too")
  func learnedScale() throws {
    let (plain, _) = try summary("model.modalities.image.likelihood=gaussian", worldSize: 1)
    let (learned, _) = try summary(
      "model.modalities.image.likelihood=gaussian", "model.modalities.image.scale=learned", worldSize: 1)
    #expect(learned.parameterCount == plain.parameterCount + 1)
    #expect(learned.layers.map(\.parameterCount).reduce(0, +) == learned.parameterCount)
  }

  @Test("A batch that does not fit is refused as in training")
  func refused() throws {
    #expect(try message { _ = try summary(worldSize: 5) }.contains("5 ranks"))
  }

  @Test("One row that is left is a step where no batch norm needs two, and is left out otherwise")
  func singleRow() throws {
    func steps(_ layer: String) throws -> Int {
      let networks = ["image", "label"].flatMap { modality in
        ["encoder=[\(layer)]", "decoder=[{linear: \(modality == "image" ? 784 : 10)}]"].map {
          "model.modalities.\(modality).\($0)"
        }
      }
      let core = ["model.core.encoder=[{linear: 3}]", "model.core.generator=[{linear: 3}]"]
      return try summary(of: ["training.batch_size=3"] + networks + core, worldSize: 1).0.stepsPerEpoch
    }
    #expect(try steps("{linear: 5}") == 4)
    #expect(try steps("{linear: 5, norm: batch}") == 3)
  }
}
