/// The logs of a run: everything written during training but checkpoints.
package struct RunLogs {
  let metrics: MetricsLog
  let steps: MetricsLog?
  /// Nil when TensorBoard's files cannot be continued, which is no reason not to train.
  let events: EventLog?
  let samples: SampleFiles

  var all: [any RunLog] {
    let logs: [(any RunLog)?] = [metrics, steps, events, samples]
    return logs.compactMap { $0 }
  }

  /// What waits to be written, of each that could not be.
  var waiting: [String] { all.compactMap(\.waiting) }

  /// Opens them and removes what comes after `state`.
  /// - Parameters:
  ///   - about: what the run is.
  ///   - withSteps: whether losses of steps are wanted.
  ///   - warn: called for problems that training survives.
  /// - Throws: when the directory cannot be written.
  package init(
    _ directory: RunDirectory, from state: CheckpointState, about: RunDescription, withSteps: Bool,
    warn: (String) -> Void
  ) throws {
    metrics = try MetricsLog(path: directory.metricsPath) { Self.isStale($0, "epoch", state.epoch) }
    // Removes lines of steps that will be repeated, even when no new ones are logged.
    steps =
      try withSteps || directory.holdsSteps
      ? MetricsLog(path: directory.stepsPath) { Self.isStale($0, "step", Int(state.step)) } : nil
    for (log, path) in [(metrics, directory.metricsPath), (steps, directory.stepsPath)] {
      guard let dropped = log?.droppedLines, dropped > 0 else { continue }
      warn("\(path) had \(dropped) damaged lines, which are lost: curves have a gap there")
    }
    do {
      events = try EventLog(directory: directory.eventsPath, from: state, about: about)
    } catch {
      events = nil
      warn("this session writes nothing for TensorBoard: \(error)")
    }
    samples = SampleFiles(directory: directory.samplesPath)
    do { try samples.remove(after: state.epoch) } catch { warn("pictures of an abandoned epoch stay: \(error)") }
  }

  private static func isStale(_ record: [String: Any], _ key: String, _ last: Int) -> Bool {
    (record[key] as? Int).map { $0 > last } ?? true
  }
}
