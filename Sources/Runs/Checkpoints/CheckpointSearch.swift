package import Configuration
internal import Models
internal import SafeTensors

/// Finds the checkpoint from which a run resumes: the newest that can be read and from which sessions do not keep
/// crashing.
package struct CheckpointSearch {
  let directory: RunDirectory
  let configuration: RunConfiguration
  let dataFingerprint: String
  let warn: (String) -> Void

  package init(
    directory: RunDirectory, configuration: RunConfiguration, dataFingerprint: String,
    warn: @escaping (String) -> Void
  ) {
    (self.directory, self.configuration, self.dataFingerprint) = (directory, configuration, dataFingerprint)
    self.warn = warn
  }

  /// - Returns: nil if the run was stopped before its first checkpoint.
  /// - Throws: `RunError` when no checkpoint can be used, or it belongs to another run or other data, or there is none
  ///   although later epochs have been recorded; `StorageError` when they cannot be listed.
  package func load(into tensors: StateTensors) throws -> CheckpointState? {
    var reason: (any Error)?
    for id in try candidates() {
      let path = directory.checkpointPath(id)
      let (state, file): (CheckpointState, SafeTensorsFile)
      do {
        (state, file) = try Checkpoint.read(path: path)
      } catch {
        warn("skipping a checkpoint that cannot be read: \(error)")
        reason = error
        continue
      }
      try checkBelongs(state, path: path)
      if try Checkpoint.load(file, path: path, into: tensors) {
        warn(
          "what rounding gradients between hosts has lost is left out: the run was trained with --wire bf16 on several "
            + "hosts, and goes on without")
      }
      return state
    }
    if let reason {
      throw RunError("\(directory.path): none of its checkpoints can be used; the oldest: \(reason)")
    }
    try checkIsYoung()
    return nil
  }

  /// The newest first; those from which sessions keep crashing last.
  private func candidates() throws -> [CheckpointID] {
    let all = try directory.checkpoints()
    let exhausted = all.filter(directory.crashLoopGuard.isExhausted)
    let others = all.filter { !exhausted.contains($0) }
    for id in exhausted where id > others.first ?? id {
      warn(
        "skipping \(directory.checkpointPath(id)): \(CrashLoopGuard.limit) sessions resumed from it and ended within "
          + "their first step")
    }
    return others + exhausted
  }

  /// The first epoch may have metrics and no checkpoint, if the session was killed in between. After later ones there is
  /// one, unless no checkpoint could be written for epochs: then too somebody should look before metrics are cut.
  private func checkIsYoung() throws {
    let epochs = try MetricsLog.recordCount(directory.metricsPath)
    guard epochs > 1 else { return }
    throw RunError(
      "\(directory.path) has metrics of \(epochs) epochs, but no checkpoint. If they are lost for good, name another "
        + "directory with --run, or remove \(directory.metricsPath) to start from the beginning")
  }

  /// A checkpoint of another run is not a damaged one: it must stop the run instead of being skipped.
  private func checkBelongs(_ state: CheckpointState, path: String) throws {
    guard state.dataFingerprint == dataFingerprint else {
      throw RunError(
        "\(path) was trained on other data: its fingerprint is \(state.dataFingerprint), "
          + "that of the file given is \(dataFingerprint)")
    }
    let theirs = try RunConfiguration(stored: state.configuration, in: path)
    if let key = configuration.keyThatMustNotDiffer(from: theirs) {
      throw RunError("\(path) is of another run: its \(key) differs")
    }
  }
}
