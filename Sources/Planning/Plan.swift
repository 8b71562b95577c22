/// What a number of hosts makes of a given global batch.
package struct PlannedStep: Sendable {
  package let cluster: Cluster
  /// Rows of the rank that has most.
  package let rowsPerRank: Int
  package let prediction: StepPrediction
  package let imagesPerSecond: Double
  /// How much of the speed of so many ranks is reached, taking that of one rank alone for each.
  package let efficiencyOverOneRank: Double
  /// The same, taking that of one host alone for each.
  package let efficiencyOverOneHost: Double
}

/// Predicts steps of one model and one global batch on clusters of any size.
package struct Plan: Sendable {
  package let batchSize: Int
  private let timelines: TimelineFamily

  package init(batchSize: Int, timelines: TimelineFamily) {
    (self.batchSize, self.timelines) = (batchSize, timelines)
  }

  package var parameterCount: Int { timelines.parameterCount }

  /// The same plan for processors that need `factor` times as long.
  package func scaled(by factor: Double) -> Plan {
    Plan(batchSize: batchSize, timelines: timelines.scaled(by: factor))
  }

  /// Seconds of a step of one rank alone.
  package var aloneSeconds: Double {
    let timeline = timelines.timeline(rows: batchSize)
    return timeline.arithmetic + timeline.optimizer
  }

  /// - Throws: `PlanningError` when the batch has fewer rows than there are ranks.
  package func step(on cluster: Cluster) throws(PlanningError) -> PlannedStep {
    try Self.check(batchSize: batchSize, cluster)
    var host = cluster
    host.hosts = 1
    let prediction = predict(cluster)
    let oneHost = predict(host).step
    return PlannedStep(
      cluster: cluster, rowsPerRank: rows(of: cluster), prediction: prediction,
      imagesPerSecond: Double(batchSize) / prediction.step,
      efficiencyOverOneRank: aloneSeconds / (Double(cluster.ranks) * prediction.step),
      efficiencyOverOneHost: oneHost / (Double(cluster.hosts) * prediction.step))
  }

  /// - Throws: `PlanningError` when the batch has fewer rows than there are ranks.
  package static func check(batchSize: Int, _ cluster: Cluster) throws(PlanningError) {
    guard batchSize >= cluster.ranks else {
      throw PlanningError(
        "training.batch_size is \(batchSize), smaller than the \(cluster.ranks) ranks of \(cluster.hosts) hosts: every "
          + "rank needs at least one row; plan for fewer ranks or a larger --batch-size")
    }
  }

  private func rows(of cluster: Cluster) -> Int { (batchSize + cluster.ranks - 1) / cluster.ranks }

  private func predict(_ cluster: Cluster) -> StepPrediction {
    var replay = StepReplay(timelines.timeline(rows: rows(of: cluster)), on: cluster)
    return replay.run()
  }
}
