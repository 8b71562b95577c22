/// What a run's directory gains while training goes on, besides checkpoints.
struct RunLogs {
  let metrics: MetricsLog
  let steps: MetricsLog?
  let events: EventLog
  let samples: SampleFiles

  var all: [any RunLog] { [metrics, events, samples] + (steps.map { [$0] } ?? []) }

  /// What waits to be written, of each that could not be.
  var waiting: [String] { all.compactMap(\.waiting) }

  /// Opens them and removes what comes after `state`.
  /// - Parameters:
  ///   - about: what the run is.
  ///   - withSteps: whether losses of steps are wanted.
  /// - Throws: when the directory cannot be written.
  init(_ directory: RunDirectory, from state: CheckpointState, about: RunDescription, withSteps: Bool) throws {
    metrics = try MetricsLog(path: directory.metricsPath) { Self.isStale($0, "epoch", state.epoch) }
    // Lines of steps that will be taken again go, whether or not new ones are asked for.
    steps =
      try withSteps || directory.holdsSteps
      ? MetricsLog(path: directory.stepsPath) { Self.isStale($0, "step", Int(state.step)) } : nil
    events = try EventLog(directory: directory.eventsPath, from: state, about: about)
    samples = SampleFiles(directory: directory.samplesPath)
  }

  private static func isStale(_ record: [String: Any], _ key: String, _ last: Int) -> Bool {
    (record[key] as? Int).map { $0 > last } ?? true
  }
}
