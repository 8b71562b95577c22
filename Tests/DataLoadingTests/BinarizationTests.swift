import Configuration
import DataLoading
import Foundation
import Kernels
import Layers
import Models
import Storage
import TestSupport
import Testing
import Training

struct BinarizationTests {
  private static let width = 40

  /// In every split, `rows` rows of the same values: 0, 1 and in between.
  private func withDataset(rows: Int, _ body: (borrowing PackedDataset) throws -> Void) throws {
    try temporaryDirectory { directory throws in
      let path = directory.appending(path: "grey.h5").path
      let modality = ModalityDescription(
        name: "grey", shape: [Self.width], likelihood: "bernoulli", encoding: .values, elementType: .float32)
      let counts = Dictionary(uniqueKeysWithValues: Split.allCases.map { ($0, rows) })
      var writer = try PackedDatasetWriter.create(
        at: path, replacing: false, name: "grey", modalities: [modality], rowCounts: counts, splitSeed: nil,
        creator: "tests")
      let values = (0..<rows).flatMap { _ in Self.greys }
      for split in Split.allCases {
        try writer.append(values.span.bytes, to: "grey", split)
        try writer.append(sourceRows: Array(0..<rows), to: split)
      }
      _ = try writer.finish()
      try body(try PackedDataset.open(path))
    }
  }

  /// 0 at first, 1 at last, a half in the middle.
  private static let greys = (0..<width).map { i in
    i == 0 ? 0 : i == width - 1 ? 1 : i == width / 2 ? 0.5 : Float(i) / Float(width)
  }

  private func shard(
    _ dataset: borrowing PackedDataset, _ binarization: Binarization, _ split: Split = .train, rows: Range<Int>
  ) throws -> Shard {
    try Shard(dataset, modalities: [DataModality("grey", .bernoulli, binarization)], split: split, rows: rows)
  }

  private func load(_ shard: Shard, row: Int, _ draw: BinarizationDraw = .fixed) -> [Float] {
    [Float](unsafeUninitializedCapacity: Self.width) { buffer, initialized in
      buffer.initialize(repeating: 77)
      shard.load(row: row, modality: 0, into: buffer.baseAddress!, draw: draw)
      initialized = Self.width
    }
  }

  @Test("A threshold gives 1 above a half, 0 up to it")
  func threshold() throws {
    try withDataset(rows: 2) { dataset in
      let expected: [Float] = Self.greys.map { $0 > 0.5 ? 1 : 0 }
      #expect(expected.reduce(0, +) == 19)
      let (cut, grey) = (try shard(dataset, .threshold, rows: 0..<2), try shard(dataset, .none, rows: 0..<2))
      #expect(load(cut, row: 1) == expected)
      #expect(load(grey, row: 1) == Self.greys)
    }
  }

  @Test("Draws are 1 as often as the value says; 0 and 1 stay what they are")
  func statistics() throws {
    let rows = 4000
    try withDataset(rows: rows) { dataset in
      let shard = try shard(dataset, .dynamic, rows: 0..<rows)
      for draw in [BinarizationDraw.fixed, .training(seed: 3, epoch: 2)] {
        var means = [Float](repeating: 0, count: Self.width)
        for row in 0..<rows {
          let values = load(shard, row: row, draw)
          #expect(values.allSatisfy { $0 == 0 || $0 == 1 })
          for i in means.indices { means[i] += values[i] / Float(rows) }
        }
        #expect((means[0], abs(means[Self.width - 1] - 1) < 1e-4) == (0, true))
        // Five standard deviations of a mean of 4000, at most √(1/4 / 4000).
        for (mean, grey) in zip(means, Self.greys) { #expect(abs(mean - grey) < 0.04, "\(mean) of \(grey)") }
      }
    }
  }

  @Test("A draw depends on seed, epoch and row, not on the shard that the row is in")
  func coordinates() throws {
    try withDataset(rows: 9) { dataset in
      let (all, part) = (try shard(dataset, .dynamic, rows: 0..<9), try shard(dataset, .dynamic, rows: 4..<8))
      let draw = BinarizationDraw.training(seed: 1, epoch: 1)
      for row in 4..<8 {
        #expect(load(all, row: row, draw) == load(part, row: row, draw))
        #expect(load(all, row: row) == load(part, row: row))
      }
      let others: [[Float]] = [
        load(all, row: 5, draw), load(all, row: 6, draw), load(all, row: 5, .training(seed: 1, epoch: 2)),
        load(all, row: 5, .training(seed: 2, epoch: 1)), load(all, row: 5),
        load(try shard(dataset, .dynamic, .validation, rows: 0..<9), row: 5),
        load(try shard(dataset, .dynamic, .test, rows: 0..<9), row: 5),
      ]
      #expect(Set(others).count == others.count)
    }
  }

  private static let model = """
    family: mhvae
    modalities:
      - name: grey
        shape: [\(width)]
        likelihood: bernoulli
        binarization: dynamic
        latent: 2
        encoder: [{linear: 4}]
        decoder: [{linear: \(width)}]
    core: {latent: 2, encoder: [{linear: 4}], generator: [{linear: 4}]}
    """

  /// The inputs of an epoch, batch after batch and row after row.
  private func epoch(_ epoch: Int, ranks: Int, seed: UInt64 = 1, _ dataset: borrowing PackedDataset) throws
    -> [[[Float]]]
  {
    let model = try makeModel(ModelConfiguration(yaml: Self.model))
    var inputs: [DataLoader] = []
    for rank in 0..<ranks {
      let plan = try BatchPlan(rowCount: 20, batchSize: 6, rank: rank, worldSize: ranks)
      let shard = try Shard(dataset, modalities: model.configuration.dataModalities, split: .train, rows: plan.shard)
      inputs.append(DataLoader(shard, model: model, plan: plan, seed: seed))
    }
    for input in inputs { input.begin(epoch: epoch) }
    return try (0..<inputs[0].plan.stepsPerEpoch).map { step in
      try inputs.flatMap { input in
        let batch = try input.batch(step: step)
        return (0..<batch.rows.local).map { r in (0..<Self.width).map { batch.inputs[0][r, $0] } }
      }
    }
  }

  @Test("Training sees the same zeros and ones on any number of ranks, others in every epoch")
  func training() throws {
    try withDataset(rows: 20) { dataset in
      let first = try epoch(1, ranks: 1, dataset)
      #expect(first.joined().joined().allSatisfy { $0 == 0 || $0 == 1 })
      #expect(Set(first.joined()).count == 20)
      for ranks in [2, 3] {
        let split = try epoch(1, ranks: ranks, dataset)
        #expect(split == first)
      }
      let second = try epoch(2, ranks: 1, dataset)
      #expect(Set(second.joined()).isDisjoint(with: first.joined()))
      let splitSecond = try epoch(2, ranks: 3, dataset)
      #expect(splitSecond == second)
    }
  }

  @Test("Validation and evaluation see one draw, whatever the seed of the run")
  func fixed() throws {
    try withDataset(rows: 3) { dataset in
      let model = try makeModel(ModelConfiguration(yaml: Self.model))
      let shard = try shard(dataset, .dynamic, .validation, rows: 0..<3)
      let batches = [1, 2].map { (seed: UInt64) in
        let assembly = BatchAssembly(model, rows: 1, seed: seed, noisePurpose: .validationNoise)
        assembly.begin(BatchRows(local: 1, global: 1), masked: false)
        assembly.fill(0, from: shard, row: 2, step: seed, row: 2)
        return (0..<Self.width).map { assembly.batch.inputs[0][0, $0] }
      }
      #expect(batches[0] == batches[1])
      #expect(batches[0] == load(shard, row: 2))
    }
  }
}
