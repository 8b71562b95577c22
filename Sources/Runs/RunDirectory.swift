internal import Communication
internal import Foundation
internal import Storage

/// The files of one run:
///
///     config.yaml                        the resolved configuration
///     metrics.jsonl                      one line an epoch
///     steps.jsonl                        one line every so many steps
///     journal.jsonl                      sessions with their machines, and warnings
///     tensorboard/events.out.tfevents.*  the same for TensorBoard, with pictures
///     samples/epoch-00010-*.png          pictures drawn after that epoch
///     checkpoints/epoch-00012.safetensors                   at the end of an epoch
///     checkpoints/epoch-00013-step-000001234.safetensors    within one
///     checkpoints/attempts.json          sessions that resumed from a checkpoint and ended within their first step
///     checkpoints/last.safetensors       a link to the newest
///     checkpoints/best.safetensors       a link to the one with the highest validation ELBO
///     evaluation.json
///     report.html                        all of it on one page
///     STOP                               created by a user to stop the run
///     lock                               the session that trains now
package struct RunDirectory: Sendable {
  package let path: String

  package init(_ path: String) { self.path = path }

  package var configurationPath: String { "\(path)/config.yaml" }
  package var metricsPath: String { "\(path)/metrics.jsonl" }
  package var stepsPath: String { "\(path)/steps.jsonl" }
  package var journalPath: String { "\(path)/journal.jsonl" }
  package var eventsPath: String { "\(path)/tensorboard" }
  package var samplesPath: String { "\(path)/samples" }
  private var checkpointsPath: String { "\(path)/checkpoints" }

  package func checkpointPath(_ id: CheckpointID) -> String { "\(checkpointsPath)/\(id.fileName)" }

  package var lastPath: String { "\(checkpointsPath)/last.safetensors" }
  package var bestPath: String { "\(checkpointsPath)/best.safetensors" }

  package var crashLoopGuard: CrashLoopGuard { CrashLoopGuard(path: "\(checkpointsPath)/attempts.json") }
  /// A file that a user creates to stop the run.
  package var stopPath: String { "\(path)/STOP" }
  var lockPath: String { "\(path)/lock" }

  package var holdsRun: Bool { FileManager.default.fileExists(atPath: configurationPath) }
  var holdsSteps: Bool { FileManager.default.fileExists(atPath: stepsPath) }

  /// - Throws: `RunError` when the directory holds a run already.
  package func checkIsFree() throws(RunError) {
    guard !path.isEmpty else { throw RunError("--run: name a directory") }
    let remains = [configurationPath, metricsPath, checkpointsPath]
    guard holdsRun || !remains.contains(where: FileManager.default.fileExists(atPath:)) else {
      throw RunError(
        "\(path) holds a run whose \(configurationPath) is missing; put it back (every checkpoint has it in its metadata "
          + "\"configuration\"), or name another directory with --run")
    }
    guard !holdsRun else {
      throw RunError(
        "\(path) holds a run already; resume it with --resume or --continue, or name another directory with --run")
    }
  }

  /// Creates the directory, if it does not exist.
  /// - Parameter withParents: also creates those above. Without, a file system that is not mounted is an error instead of
  ///   a new run on the disk below.
  /// - Throws: `RunError` when it cannot be created.
  /// - Returns: whether it is new.
  package func create(withParents: Bool) throws(RunError) -> Bool {
    guard !path.isEmpty else { throw RunError("--run: name a directory") }
    guard !isDirectory(path) else { return false }
    let parent = directory(of: path)
    guard withParents || isDirectory(parent) else {
      throw RunError(
        "there is no directory \(parent) for the run \(path): is its file system mounted on \(ownHostName())? "
          + "If this is a new place for runs, create it first")
    }
    try makeDirectory(path)
    return true
  }

  /// Removes the directory if nothing is in it.
  package func removeIfEmpty() { rmdir(path) }

  /// Writes the run's configuration. It is what makes the directory a run: it is written first, so that a killed
  /// program leaves a run or a free directory. Removes what killed sessions left. For the owner of the lock.
  /// - Throws: `RunError` or `StorageError` when it cannot be written.
  package func write(configuration: String) throws {
    try makeDirectory(path)
    try writeAtomically(bytes: Array(configuration.utf8), to: configurationPath)
    try makeDirectory(checkpointsPath)
    // Evaluations and reports are written there by other programs.
    removeAbandonedFiles(in: path)
    for directory in [checkpointsPath, samplesPath] { removeAbandonedFiles(in: directory, isExclusive: true) }
  }

  /// Whether `last` and `best` can be links: not every file system has them. For the owner of the lock, after `write`.
  package func hasLinks() throws -> Bool {
    let trial = "\(checkpointsPath)/.link"
    defer { unlink(trial) }
    return try linkAtomically(trial, to: "last.safetensors")
  }

  /// The configuration of the run.
  package func readConfiguration() throws(RunError) -> String {
    guard let data = FileManager.default.contents(atPath: configurationPath) else {
      throw RunError("\(path) holds no run: there is no \(configurationPath)")
    }
    return String(decoding: data, as: UTF8.self)
  }

  /// All checkpoints, newest first; none when there is no directory for them.
  /// - Throws: `StorageError` when the directory cannot be read: a run whose checkpoints are out of sight for a moment is
  ///   not one without.
  package func checkpoints() throws -> [CheckpointID] {
    try fileNames(in: checkpointsPath).compactMap { CheckpointID(fileName: $0) }.sorted(by: >)
  }

  /// Epochs at whose end there is a checkpoint, newest first.
  package func checkpointEpochs() throws -> [Int] { try checkpoints().filter { $0.isEndOfEpoch }.map { $0.epoch } }

  /// Rotates checkpoints: links `last` and `best` to theirs and removes the superfluous ones. Kept are the best, the
  /// newest `count` at ends of epochs, and of those within epochs the ones among the newest two checkpoints: the second
  /// in case the first cannot be read. Checkpoints newer than `last` are left alone.
  package func rotate(last: CheckpointID, best: Int?, keeping count: Int) throws {
    try link(lastPath, to: last)
    let best = best.map { CheckpointID.end(ofEpoch: $0) }
    if let best { try link(bestPath, to: best) }
    let all = try checkpoints().filter { $0 <= last }
    let kept = all.filter { $0.isEndOfEpoch }.prefix(count) + all.prefix(2).filter { !$0.isEndOfEpoch }
    for id in all where id != best && !kept.contains(id) {
      try remove(checkpointPath(id))
    }
  }

  /// A file that somebody else has removed meanwhile is as good as removed.
  private func remove(_ path: String) throws(StorageError) {
    guard uninterrupted({ unlink(path) }) == 0 || errno == ENOENT else {
      throw .system("unlink", path: path, code: errno)
    }
  }

  /// Somebody may have removed the directory of the checkpoints while the run goes on. The run's own directory is not
  /// created: it may be away for a moment.
  func recreateCheckpoints() { mkdir(checkpointsPath, 0o777) }

  /// Forces the metrics to the disk: a checkpoint must not outlive the line of its epoch.
  func synchronizeMetrics() throws(StorageError) {
    do { try synchronize(metricsPath, naming: metricsPath) } catch  where error.kind == .missing {}
  }

  private func link(_ path: String, to id: CheckpointID) throws { try linkAtomically(path, to: id.fileName) }
}

private func isDirectory(_ path: String) -> Bool {
  var isDirectory: ObjCBool = false
  return FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) && isDirectory.boolValue
}

/// Creates a directory of a run, and those above, if they do not exist.
func makeDirectory(_ path: String) throws(RunError) {
  guard !isFile(path) else { throw RunError("\(path) is a file; name a directory with --run") }
  do {
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  } catch {
    throw RunError("cannot create the run directory \(path): \(error.localizedDescription)")
  }
  // A new directory is on the disk when its name is.
  try? synchronizeDirectory(directory(of: path), naming: path)
}
