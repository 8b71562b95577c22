/// What a number of hosts makes of a global batch.
package struct PlannedStep: Sendable {
  package let cluster: Cluster
  /// Rows of the global batch.
  package let batchSize: Int
  /// Rows of the rank that has most.
  package let rowsPerRank: Int
  package let prediction: StepPrediction
  package let traffic: StepTraffic
  package let imagesPerSecond: Double
  /// How much of the speed of so many ranks is reached, taking that of one rank alone for each.
  package let efficiencyOverOneRank: Double
  /// The same, taking that of one host alone for each.
  package let efficiencyOverOneHost: Double
}

/// How large the global batch is.
package enum PlannedBatch: Sendable {
  /// The same on any number of ranks, which divide it: strong scaling.
  case global(Int)
  /// So many rows for each rank: weak scaling.
  case perRank(Int)

  package func rows(ranks: Int) -> Int {
    switch self {
    case .global(let rows): rows
    case .perRank(let rows): rows * ranks
    }
  }
}

/// Predicts steps of one model on clusters of any size.
package struct Plan: Sendable {
  package let batch: PlannedBatch
  private let timelines: TimelineFamily

  package init(batch: PlannedBatch, timelines: TimelineFamily) {
    (self.batch, self.timelines) = (batch, timelines)
  }

  package var parameterCount: Int { timelines.parameterCount }

  /// The same plan for processors that need `factor` times as long.
  package func scaled(by factor: Double) -> Plan {
    Plan(batch: batch, timelines: timelines.scaled(by: factor))
  }

  /// Seconds of a step of one rank alone.
  package var aloneSeconds: Double {
    let timeline = timelines.timeline(rows: batch.rows(ranks: 1))
    return timeline.arithmetic + timeline.optimizer
  }

  /// Images a second of one rank alone.
  package var aloneImagesPerSecond: Double { Double(batch.rows(ranks: 1)) / aloneSeconds }

  /// - Throws: `PlanningError` when the batch has fewer rows than there are ranks.
  package func step(on cluster: Cluster) throws(PlanningError) -> PlannedStep {
    try Self.check(batch, cluster)
    var host = cluster
    host.hosts = 1
    let (prediction, imagesPerSecond) = predict(cluster)
    return PlannedStep(
      cluster: cluster, batchSize: batch.rows(ranks: cluster.ranks), rowsPerRank: rows(of: cluster),
      prediction: prediction, traffic: StepTraffic(timelines.timeline(rows: rows(of: cluster)), on: cluster),
      imagesPerSecond: imagesPerSecond,
      efficiencyOverOneRank: imagesPerSecond / (Double(cluster.ranks) * aloneImagesPerSecond),
      efficiencyOverOneHost: imagesPerSecond / (Double(cluster.hosts) * predict(host).imagesPerSecond))
  }

  /// - Throws: `PlanningError` when the batch has fewer rows than there are ranks.
  package static func check(_ batch: PlannedBatch, _ cluster: Cluster) throws(PlanningError) {
    let rows = batch.rows(ranks: cluster.ranks)
    guard rows <= 1 << 20 else {
      throw PlanningError("a global batch of \(rows) rows on \(cluster.hosts) hosts is more than \(1 << 20), the most")
    }
    guard rows >= cluster.ranks else {
      throw PlanningError(
        "training.batch_size is \(rows), smaller than the \(cluster.ranks) ranks of \(cluster.hosts) hosts: every "
          + "rank needs at least one row; plan for fewer ranks, a larger --batch-size, or --rows-per-rank")
    }
  }

  private func rows(of cluster: Cluster) -> Int {
    (batch.rows(ranks: cluster.ranks) + cluster.ranks - 1) / cluster.ranks
  }

  private func predict(_ cluster: Cluster) -> (StepPrediction, imagesPerSecond: Double) {
    var replay = StepReplay(timelines.timeline(rows: rows(of: cluster)), on: cluster)
    let prediction = replay.run()
    return (prediction, Double(batch.rows(ranks: cluster.ranks)) / prediction.step)
  }
}
