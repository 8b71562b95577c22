internal import Configuration
internal import Models
internal import SafeTensors

/// Finds the checkpoint from which a run goes on: the newest that can be read and from which runs do not keep dying.
struct CheckpointSearch {
  let directory: RunDirectory
  let configuration: RunConfiguration
  let dataFingerprint: String
  let warn: (String) -> Void

  /// - Returns: nil if the run was stopped before its first checkpoint.
  /// - Throws: `TrainingError` when no checkpoint can be used, or it belongs to another run or other data.
  func load(into tensors: StateTensors) throws -> CheckpointState? {
    var reason: (any Error)?
    for place in candidates() {
      let path = directory.checkpointPath(place)
      let (state, file): (CheckpointState, SafeTensorsFile)
      do {
        (state, file) = try Checkpoint.read(path: path)
      } catch {
        warn("passing over a checkpoint that cannot be read: \(error)")
        reason = error
        continue
      }
      try checkBelongs(state, path: path)
      try Checkpoint.load(file, path: path, into: tensors)
      return state
    }
    if let reason {
      throw TrainingError("\(directory.path): none of its checkpoints can be used; the oldest: \(reason)")
    }
    return nil
  }

  /// The newest first; those from which runs keep dying only when there is no other.
  private func candidates() -> [CheckpointPlace] {
    let all = directory.checkpoints()
    let exhausted = all.filter(directory.attempts.isExhausted)
    let others = all.filter { !exhausted.contains($0) }
    for place in exhausted where place > others.first ?? place {
      warn(
        "passing over \(directory.checkpointPath(place)): \(ResumeAttempts.limit) runs went on from it and ended before "
          + "their next checkpoint")
    }
    return others + exhausted
  }

  /// A checkpoint of another run is not a damaged one: it must stop the run instead of being passed over.
  private func checkBelongs(_ state: CheckpointState, path: String) throws {
    guard state.dataFingerprint == dataFingerprint else {
      throw TrainingError(
        "\(path) was trained on other data: its fingerprint is \(state.dataFingerprint), "
          + "that of the file given is \(dataFingerprint)")
    }
    let theirs = try RunConfiguration(yaml: state.configuration)
    if let key = configuration.keyThatMustNotDiffer(from: theirs) {
      throw TrainingError("\(path) is of another run: its \(key) differs")
    }
  }
}
