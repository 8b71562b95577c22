import DataLoading
import SmallModel
import Testing

struct BatchPlanTests {
  struct Combination: CustomTestStringConvertible {
    let (rows, batch, world): (Int, Int, Int)
    var testDescription: String { "\(rows) rows, batch \(batch), \(world) ranks" }

    func plan(_ rank: Int) throws -> BatchPlan {
      try BatchPlan(rowCount: rows, batchSize: batch, rank: rank, worldSize: world)
    }
    func plans() throws -> [BatchPlan] { try (0..<world).map(plan) }
  }

  /// Batches that divide the rows and that do not, one row a rank, ranks that have none of the last batch.
  static let combinations: [Combination] = [1, 2, 7, 64, 65, 100, 257].flatMap { rows in
    [1, 2, 7, 10, 64].filter { $0 <= rows }.flatMap { batch in
      [1, 2, 3, 4, 7].filter { $0 <= batch }.map { Combination(rows: rows, batch: batch, world: $0) }
    }
  }

  /// The rows of every batch over all ranks, in the order of the partitions, when no partition is shuffled.
  private func batches(_ plans: [BatchPlan]) -> [[Int]] {
    (0..<plans[0].stepsPerEpoch).map { step in
      plans.flatMap { plan in plan.partitions(step: step).map { plan.rows(of: $0).lowerBound + step } }
    }
  }

  @Test("Every row is in exactly one batch of an epoch", arguments: combinations)
  func everyRowOnce(_ combination: Combination) throws {
    let plans = try combination.plans()
    let batches = batches(plans)
    #expect(batches.joined().sorted() == Array(0..<combination.rows))
    for (step, batch) in batches.enumerated() { #expect(batch.count == plans[0].globalRows(step: step)) }
    #expect(batches.dropLast().allSatisfy { $0.count == combination.batch })
    let rest = combination.rows % combination.batch
    #expect(batches.last?.count == (rest == 0 ? combination.batch : rest))
  }

  @Test("The batches do not depend on the number of ranks", arguments: combinations)
  func independentOfWorld(_ combination: Combination) throws {
    let alone = Combination(rows: combination.rows, batch: combination.batch, world: 1)
    #expect(batches(try combination.plans()) == batches(try alone.plans()))
  }

  @Test("Ranks own one slab each, which holds exactly the rows of their partitions", arguments: combinations)
  func shards(_ combination: Combination) throws {
    var (nextPartition, nextRow) = (0, 0)
    for plan in try combination.plans() {
      #expect(plan.partitions.lowerBound == nextPartition && !plan.partitions.isEmpty)
      #expect(plan.shard.lowerBound == nextRow)
      #expect(
        plan.shard == plan.rows(of: plan.partitions.first!).lowerBound..<plan.rows(of: plan.partitions.last!).upperBound
      )
      #expect(plan.partitions.reduce(0) { $0 + plan.rows(of: $1).count } == plan.shard.count)
      (nextPartition, nextRow) = (plan.partitions.upperBound, plan.shard.upperBound)
    }
    #expect((nextPartition, nextRow) == (combination.batch, combination.rows))
    let counts = try combination.plans().map(\.partitions.count)
    #expect(counts.max()! - counts.min()! <= 1)
  }

  @Test("54 000 rows in batches of 64 end in one of 48, of which the last rank of four has none")
  func partialLastBatch() throws {
    let plans = try Combination(rows: 54_000, batch: 64, world: 4).plans()
    #expect(plans[0].stepsPerEpoch == 844)
    #expect(plans[0].globalRows(step: 842) == 64)
    #expect(plans[0].globalRows(step: 843) == 48)
    #expect(plans.map { $0.partitions(step: 843).count } == [16, 16, 16, 0])
    #expect(plans.map { $0.partitions(step: 842).count } == [16, 16, 16, 16])
  }

  @Test("A last batch of one row is left out where it must not be", arguments: [1, 2, 3])
  func singleRow(world: Int) throws {
    func plan(_ rows: Int, usesSingleRow: Bool) throws -> BatchPlan {
      try BatchPlan(rowCount: rows, batchSize: 6, rank: 0, worldSize: world, usesSingleRow: usesSingleRow)
    }
    let (with, without) = (try plan(19, usesSingleRow: true), try plan(19, usesSingleRow: false))
    #expect((with.stepsPerEpoch, with.rowsPerEpoch, with.globalRows(step: 3)) == (4, 19, 1))
    #expect((without.stepsPerEpoch, without.rowsPerEpoch) == (3, 18))
    #expect(with.warning == nil && without.warning?.contains("leaves one of 19 training rows") == true)
    #expect(with.shard == without.shard, "its row belongs to the shard, because the next epoch may use it")
    for rows in [18, 20] {
      let plan = try plan(rows, usesSingleRow: false)
      #expect(plan.rowsPerEpoch == rows && plan.warning == nil)
    }
  }

  @Test("Micro-batches of a batch are the same rows on any number of ranks", arguments: [8, 50, 64])
  func microBatchesDoNotDependOnRanks(batchSize: Int) throws {
    func microBatches(_ worldSize: Int) throws -> [Range<Int>] {
      try (0..<worldSize).flatMap { rank in
        let plan = try BatchPlan(rowCount: 100, batchSize: batchSize, rank: rank, worldSize: worldSize)
        return try plan.microBatches(of: 8).map {
          $0.lowerBound + plan.partitions.lowerBound..<$0.upperBound + plan.partitions.lowerBound
        }
      }
    }
    let expected = try microBatches(1)
    #expect(expected.count == 8 && expected.flatMap { Array($0) } == Array(0..<batchSize))
    for worldSize in [2, 4, 8] { #expect(try microBatches(worldSize) == expected) }
    #expect(throws: DataLoadingError.self) { try microBatches(3) }
    #expect(throws: DataLoadingError.self) { try microBatches(16) }
  }

  @Test("Too many ranks, and too few rows, are errors that name the setting")
  func errors() throws {
    let ranks = try message { _ = try BatchPlan(rowCount: 100, batchSize: 3, rank: 0, worldSize: 4) }
    #expect(ranks.hasPrefix("training.batch_size is 3, smaller than the 4 ranks"))
    let rows = try message { _ = try BatchPlan(rowCount: 5, batchSize: 6, rank: 0, worldSize: 1) }
    #expect(rows.hasPrefix("training.batch_size is 6, but the data has only 5 training rows"))
  }
}
