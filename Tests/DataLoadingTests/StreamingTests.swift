import Communication
import Configuration
import DataLoading
import Foundation
import Kernels
import Layers
import Models
import SmallModel
import Storage
import TestSupport
import Testing
import Training

/// Rows that do not fit into the memory that training may take for them.
struct StreamingTests {
  private static let rows = 1000
  private static let batchSize = 6

  private static let modalities = [
    // 4 KiB a row: 128 rows a chunk.
    ModalityDescription(
      name: "image", shape: [2, 32, 64], likelihood: "bernoulli", encoding: .values, elementType: .uint8,
      scale: 1.0 / 255),
    ModalityDescription(
      name: "word", shape: [300], likelihood: "categorical", encoding: .classIndex, elementType: .int32),
    ModalityDescription(
      name: "soft", shape: [3], likelihood: "bernoulli", encoding: .values, elementType: .float32),
  ]

  private static let rowBytes = 4096 + 4 + 12

  private static let model = """
    family: mhvae
    modalities:
      - name: image
        shape: [2, 32, 64]
        likelihood: bernoulli
        binarization: dynamic
        latent: 2
        encoder: [{linear: 4}]
        decoder: [{linear: 4096}]
      - {name: word, shape: [300], likelihood: categorical, latent: 2, encoder: [{linear: 4}], decoder: [{linear: 300}]}
      - {name: soft, shape: [3], likelihood: bernoulli, latent: 2, encoder: [{linear: 4}], decoder: [{linear: 3}]}
    core: {latent: 2, encoder: [{linear: 4}], generator: [{linear: 4}]}
    """

  /// Calls `body` with a file of training and validation rows and a model for them.
  /// - Parameter badRow: a training row that has 1.5 where at most 1 may be.
  private func withData(
    badRow: Int? = nil, _ body: (_ path: String, _ model: any Model) throws -> Void
  ) throws {
    try temporaryDirectory { directory in
      let path = directory.appending(path: "large.h5").path
      let counts: [Split: Int] = [.train: Self.rows, .validation: 300]
      var writer = try PackedDatasetWriter.create(
        at: path, replacing: false, name: "large", modalities: Self.modalities, rowCounts: counts, splitSeed: nil,
        creator: "tests")
      var numbers = Numbers(seed: 4)
      for split in [Split.train, .validation] {
        let count = counts[split, default: 0]
        let images = (0..<count * 512).flatMap { _ in withUnsafeBytes(of: numbers.next(), Array.init) }
        let words = (0..<count).map { _ in Int32(numbers.next() % 300) }
        var soft = numbers.uniforms(3 * count, 0...1).map { Float($0) }
        if let badRow, split == .train { soft[3 * badRow + 1] = 1.5 }
        try writer.append(images.span.bytes, to: "image", split)
        try writer.append(words.span.bytes, to: "word", split)
        try writer.append(soft.span.bytes, to: "soft", split)
        try writer.append(sourceRows: Array(0..<count), to: split)
      }
      _ = try writer.finish()
      try body(path, try makeModel(ModelConfiguration(yaml: Self.model)))
    }
  }

  private func plan(rank: Int = 0, of ranks: Int = 1) throws -> BatchPlan {
    try BatchPlan(rowCount: Self.rows, batchSize: Self.batchSize, rank: rank, worldSize: ranks)
  }

  private func input(
    _ path: String, _ model: any Model, _ plan: BatchPlan, memory: Int = .max
  ) throws -> DataLoader {
    try DataLoader(try PackedDataset.open(path), model: model, plan: plan, seed: 5, memory: memory)
  }

  /// The memory in which windows have so many steps: two of them, one block of 128 images, and the numbers of the
  /// rank's rows and of those of one partition.
  private func memory(_ plan: BatchPlan, windowSteps: Int) -> Int {
    let step = 2 * plan.partitions.count * (Self.rowBytes + 4)
    return windowSteps * step + 128 * 4096 + 4 * (plan.shard.count + plan.rows(of: plan.partitions.lowerBound).count)
  }

  /// Expects an epoch's batches to have the same bits.
  private func expectSame(_ streamed: DataLoader, _ kept: DataLoader, epoch: Int, from first: Int = 0) throws {
    streamed.begin(epoch: epoch)
    kept.begin(epoch: epoch)
    for step in first..<kept.plan.stepsPerEpoch {
      let (batch, expected) = (try streamed.batch(step: step), try kept.batch(step: step))
      let matrices = zip(batch.inputs + batch.noise, expected.inputs + expected.noise)
      #expect(batch.rows == expected.rows)
      #expect(
        matrices.allSatisfy { memcmp($0.base, $1.base, 4 * $1.rows * $1.columns) == 0 },
        "epoch \(epoch), step \(step)")
    }
  }

  /// 166 full batches and one of 4 rows, in which the last of three ranks has none.
  @Test(
    "Every batch has the bits it has from memory, in epochs in a row and out of order",
    arguments: [(1, 0, 1), (1, 0, 7), (1, 0, 40), (3, 0, 5), (3, 1, 30), (3, 2, 50)])
  func sameBatches(ranks: Int, rank: Int, windowSteps: Int) throws {
    try withData { path, model in
      let plan = try plan(rank: rank, of: ranks)
      let kept = try input(path, model, plan)
      let streamed = try input(path, model, plan, memory: memory(plan, windowSteps: windowSteps))
      #expect(kept.byteCount == plan.shard.count * (Self.rowBytes + 4))
      #expect(streamed.byteCount == memory(plan, windowSteps: windowSteps))
      for epoch in [1, 2, 3, 2] { try expectSame(streamed, kept, epoch: epoch) }
    }
  }

  @Test("A row that an epoch leaves out is left out of its windows, too", arguments: [1, 7])
  func rowLeftOut(windowSteps: Int) throws {
    try withData { path, model in
      let plan = try BatchPlan(
        rowCount: Self.rows, batchSize: 9, rank: 0, worldSize: 1, usesSingleRow: false)
      #expect(plan.leavesOutRow)
      let kept = try input(path, model, plan)
      let streamed = try input(path, model, plan, memory: memory(plan, windowSteps: windowSteps))
      for epoch in 1...3 { try expectSame(streamed, kept, epoch: epoch) }
    }
  }

  @Test("An epoch may be begun at any step", arguments: [(1, 0), (2, 7), (2, 165), (1, 166)])
  func withinEpoch(epoch: Int, first: Int) throws {
    try withData { path, model in
      let plan = try plan()
      let kept = try input(path, model, plan)
      let streamed = try input(path, model, plan, memory: memory(plan, windowSteps: 7))
      try expectSame(streamed, kept, epoch: epoch, from: first)
      try expectSame(streamed, kept, epoch: epoch + 1)
    }
  }

  @Test("What is in memory stays within the bound; one that is too small is refused with the one that would do")
  func bound() throws {
    try withData { path, model in
      let plan = try plan()
      for memory in stride(from: 1 << 20, through: 5 << 20, by: 1 << 18) {
        let input = try input(path, model, plan, memory: memory)
        #expect(input.byteCount <= memory)
        // No step more would fit.
        #expect(input.byteCount > min(memory, Self.rows * Self.rowBytes) - 2 * 6 * (Self.rowBytes + 4))
      }
      let tooLittle = memory(plan, windowSteps: 1) - 1
      let text = try message { _ = try input(path, model, plan, memory: tooLittle) }
      #expect(text.contains("--shard-memory 0 is too little") && text.contains("needs 1 MiB"), "\(text)")
    }
  }

  /// The message of reading an epoch, and the step it came with.
  private func failure(_ input: DataLoader) throws -> (step: Int, message: String) {
    var step = 0
    let text = try message {
      input.begin(epoch: 1)
      while step < input.plan.stepsPerEpoch {
        _ = try input.batch(step: step)
        step += 1
      }
    }
    return (step, text)
  }

  @Test("A value that its likelihood excludes is the error it is from memory, once its window comes")
  func excludedValue() throws {
    try withData(badRow: 777) { path, model in
      let plan = try plan()
      let fromMemory = try message { _ = try input(path, model, plan) }
      #expect(fromMemory.contains("train/soft, row 777"), "\(fromMemory)")
      let found = try failure(try input(path, model, plan, memory: memory(plan, windowSteps: 10)))
      #expect(found.message == fromMemory)
      #expect(found.step.isMultiple(of: 10))
    }
  }

  @Test("A file that is cut short or damaged while training reads it is an error that names both, every time")
  func damagedFile() throws {
    for isTruncated in [true, false] {
      try withData { path, model in
        let plan = try plan()
        let input = try input(path, model, plan, memory: memory(plan, windowSteps: 10))
        let handle = try #require(FileHandle(forUpdatingAtPath: path))
        if isTruncated {
          try handle.truncate(atOffset: 1 << 20)
        } else {
          try handle.seek(toOffset: 2 << 20)
          let byte = try #require(try handle.read(upToCount: 1))
          try handle.seek(toOffset: 2 << 20)
          try handle.write(contentsOf: Data([byte[0] ^ 1]))
        }
        let found = try failure(input)
        #expect(found.message.contains(path) && found.message.contains("train/image"), "\(found.message)")
        let again = try message { _ = try input.batch(step: found.step) }
        #expect(again.contains(path) && again.contains("train/image"), "the second time: \(again)")
      }
    }
  }

  @Test("Validation rows that are read in blocks give the same terms, every time")
  func validation() throws {
    try withData { path, model in
      let replica = try Replica(model.configuration, rows: 4, collectives: SingleRank())
      replica.model.memory.initialize(seed: 3)
      let weights = ObjectiveWeights(reconstruction: [1, 1, 1], modality: 1, core: 1)
      func terms(memory: Int) throws -> [[Double]?] {
        let validation = try Validation(
          try PackedDataset.open(path), model: replica.model, seed: 1, collectives: SingleRank(), memory: memory)
        return [
          try validation.terms(of: replica, weights: weights), try validation.terms(of: replica, weights: weights),
        ]
      }
      let kept = try terms(memory: .max)
      #expect(kept[0]?.allSatisfy(\.isFinite) == true)
      for memory in [1, 200 * Self.rowBytes] { #expect(try terms(memory: memory) == kept) }
    }
  }
}
