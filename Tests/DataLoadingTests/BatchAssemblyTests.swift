import Communication
import Configuration
import DataLoading
import Kernels
import Layers
import Models
import SmallModel
import Storage
import Testing

struct BatchAssemblyTests {
  private let model: any Model
  private let shard = Shard(randomRows: 0..<8, of: smallDataModalities, seed: 1)

  init() throws { model = try makeModel(ModelConfiguration(yaml: smallModel)) }

  private func assembly(rows: Int, seed: UInt64 = 1, _ model: (any Model)? = nil) -> BatchAssembly {
    BatchAssembly(model ?? self.model, rows: rows, seed: seed, noisePurpose: .noise)
  }

  /// Mask and noise of one row.
  private func draw(_ assembly: BatchAssembly, place: Int = 0, step: UInt64, row: UInt32) -> [Float] {
    assembly.fill(place, from: shard, row: 0, step: step, row: row)
    let batch = assembly.batch
    return ([batch.keepMask].compactMap { $0 } + batch.noise).flatMap { m in (0..<m.columns).map { m[place, $0] } }
  }

  /// How often each pattern of kept modalities occurs among 6000 rows.
  private func maskCounts(_ model: any Model) -> [[Float]: Int] {
    let assembly = assembly(rows: 1, model)
    assembly.begin(BatchRows(local: 1, global: 1), masked: true)
    var counts: [[Float]: Int] = [:]
    for row in 0..<6000 as Range<UInt32> {
      let width = assembly.batch.keepMask!.columns
      counts[Array(draw(assembly, step: 3, row: row).prefix(width)), default: 0] += 1
    }
    return counts
  }

  @Test("With two modalities at 0.5, both, the first alone and the second alone are kept equally often")
  func maskFrequencies() {
    let counts = maskCounts(model)
    #expect(Set(counts.keys) == [[1, 1], [1, 0], [0, 1]], "a row lost all its modalities")
    // Five standard deviations of a count, √(6000 · 1/3 · 2/3).
    #expect(counts.values.allSatisfy { abs($0 - 2000) < 185 }, "\(counts)")
  }

  @Test("Each modality has its own dropout; one at 0 is always kept")
  func unevenDropout() throws {
    var configuration = try ModelConfiguration(yaml: smallModel)
    configuration.modalities[0].dropout = 0
    configuration.modalities[1].dropout = 0.8
    let counts = maskCounts(try makeModel(configuration))
    #expect(Set(counts.keys) == [[1, 1], [1, 0]])
    // Five standard deviations, √(6000 · 0.2 · 0.8).
    #expect(abs(counts[[1, 1], default: 0] - 1200) < 155, "\(counts)")
  }

  @Test("A row's mask and noise depend on seed, step and row, not on its place or on what was drawn before")
  func independentOfRank() {
    let (one, other) = (assembly(rows: 1), assembly(rows: 5))
    one.begin(BatchRows(local: 1, global: 8), masked: true)
    other.begin(BatchRows(local: 5, global: 8), masked: true)
    for step in [0, 1, 100] as [UInt64] {
      for row in 0..<5 as Range<UInt32> {
        let place = 4 - Int(row)
        #expect(draw(one, step: step, row: row) == draw(other, place: place, step: step, row: row))
      }
    }
    let reference = draw(one, step: 1, row: 1)
    #expect(draw(one, step: 2, row: 1).suffix(7) != reference.suffix(7))
    #expect(draw(one, step: 1, row: 2).suffix(7) != reference.suffix(7))
    let otherSeed = assembly(rows: 1, seed: 2)
    otherSeed.begin(BatchRows(local: 1, global: 8), masked: true)
    #expect(draw(otherSeed, step: 1, row: 1).suffix(7) != reference.suffix(7))
  }

  @Test("The latents' noise differs, and so does that of validation; without masks there are none")
  func purposes() {
    let training = assembly(rows: 1)
    training.begin(BatchRows(local: 1, global: 1), masked: false)
    #expect(training.batch.keepMask == nil)
    let noise = draw(training, step: 0, row: 0)
    #expect(noise.count == 3 + 2 + 2 && Set(noise).count == 7)
    let validation = BatchAssembly(model, rows: 1, seed: 1, noisePurpose: .validationNoise)
    validation.begin(BatchRows(local: 1, global: 1), masked: false)
    #expect(Set(draw(validation, step: 0, row: 0)).isDisjoint(with: noise))
  }

  /// The rows of each batch of an epoch, told by their labels and images, on any number of ranks.
  private func epoch(_ epoch: Int, ranks: Int, rows: Int = 20, batchSize: Int = 6) throws -> [[[Float]]] {
    let inputs = try (0..<ranks).map { rank in
      let plan = try BatchPlan(rowCount: rows, batchSize: batchSize, rank: rank, worldSize: ranks)
      return DataLoader(
        Shard(randomRows: plan.shard, of: smallDataModalities, seed: 1), model: model, plan: plan, seed: 5)
    }
    for input in inputs { input.begin(epoch: epoch) }
    return try (0..<inputs[0].plan.stepsPerEpoch).map { step in
      try inputs.flatMap { input in
        let batch = try input.batch(step: step)
        #expect(batch.rows.global == inputs[0].plan.globalRows(step: step))
        return (0..<batch.rows.local).map { r in
          ([batch.keepMask].compactMap { $0 } + batch.inputs + batch.noise).flatMap { m in
            (0..<m.columns).map { m[r, $0] }
          }
        }
      }
    }
  }

  /// The rows that an epoch of 19 in batches of 6 uses, on any number of ranks.
  private func usedRows(epoch: Int, ranks: Int) throws -> [[Int]] {
    let loaders = try (0..<ranks).map { rank in
      let plan = try BatchPlan(rowCount: 19, batchSize: 6, rank: rank, worldSize: ranks, usesSingleRow: false)
      return DataLoader(
        Shard(randomRows: plan.shard, of: smallDataModalities, seed: 1), model: model, plan: plan, seed: 5)
    }
    for loader in loaders { loader.begin(epoch: epoch) }
    return try (0..<loaders[0].plan.stepsPerEpoch).map { step in
      try loaders.flatMap { loader in
        _ = try loader.batch(step: step)
        return loader.rows(step: step)
      }
    }
  }

  @Test("Where one row is left out, it is another one in turn, the same on any number of ranks")
  func rowsLeftOut() throws {
    var leftOut: Set<Int> = []
    for epoch in 1...30 {
      let used = try usedRows(epoch: epoch, ranks: 1)
      #expect(used.map(\.count) == [6, 6, 6])
      let missing = Set(0..<19).subtracting(used.joined())
      #expect(missing.count == 1)
      leftOut.formUnion(missing)
      for ranks in [2, 3] { #expect(try usedRows(epoch: epoch, ranks: ranks) == used) }
    }
    #expect(leftOut == [0, 1, 2, 3], "the first partition has them")
  }

  @Test("A whole epoch of batches is the same on any number of ranks", arguments: [2, 3, 6])
  func epochs(ranks: Int) throws {
    #expect(try epoch(1, ranks: ranks) == (try epoch(1, ranks: 1)))
    #expect(try epoch(2, ranks: ranks) == (try epoch(2, ranks: 1)))
  }

  @Test("Every epoch has every row once, in an order of its own, with noise of its own")
  func shuffled() throws {
    // Two masks, then the 12 values of the image, which tell the rows apart.
    let epochs = try (1...3).map { try epoch($0, ranks: 1, rows: 60).joined().map(Array.init) }
    let images = epochs.map { $0.map { Array($0[2..<14]) } }
    for epoch in images { #expect(Set(epoch) == Set(images[0]) && Set(epoch).count == 60) }
    #expect(images[0] != images[1] && images[1] != images[2] && images[0] != images[2])
    let noise = epochs.map { Set($0.flatMap { $0.suffix(7) }) }
    #expect(noise[0].isDisjoint(with: noise[1]))
  }
}
