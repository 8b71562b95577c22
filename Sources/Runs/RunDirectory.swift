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
///     checkpoints/attempts.json          sessions that resumed from a checkpoint and ended before their first step
///     checkpoints/last.safetensors       a link to the newest
///     checkpoints/best.safetensors       a link to the one with the highest validation ELBO
///     evaluation.json
///     report.html                        all of it on one page
///     STOP                               created by a user to stop the run
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

  package var holdsRun: Bool { FileManager.default.fileExists(atPath: configurationPath) }
  var holdsSteps: Bool { FileManager.default.fileExists(atPath: stepsPath) }

  /// - Throws: `RunError` when the directory holds a run already.
  package func checkIsFree() throws(RunError) {
    guard !path.isEmpty else { throw RunError("--run: name a directory") }
    let remains = [configurationPath, metricsPath, checkpointsPath]
    guard !remains.contains(where: FileManager.default.fileExists(atPath:)) else {
      throw RunError(
        "\(path) holds a run already; resume it with --resume or --continue, or name another directory with --run")
    }
  }

  /// Creates the directory, if it does not exist, and writes the run's configuration into it. The configuration is what
  /// makes it a run: it is written first, so that a killed program leaves a run or a free directory.
  /// - Throws: `RunError` or `StorageError` when it cannot be written.
  package func write(configuration: String) throws {
    try makeDirectory(path)
    try writeAtomically(bytes: Array(configuration.utf8), to: configurationPath)
    try makeDirectory(checkpointsPath)
    for directory in [path, checkpointsPath, samplesPath] { removeAbandonedFiles(in: directory) }
  }

  /// The configuration of the run.
  package func readConfiguration() throws -> String {
    guard let data = FileManager.default.contents(atPath: configurationPath) else {
      throw RunError("\(path) holds no run: there is no \(configurationPath)")
    }
    return String(decoding: data, as: UTF8.self)
  }

  /// All checkpoints, newest first.
  package func checkpoints() -> [CheckpointID] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: checkpointsPath)) ?? []
    return names.compactMap { CheckpointID(fileName: $0) }.sorted(by: >)
  }

  /// Epochs at whose end there is a checkpoint, newest first.
  package func checkpointEpochs() -> [Int] { checkpoints().filter { $0.isEndOfEpoch }.map { $0.epoch } }

  /// Rotates checkpoints: links `last` and `best` to theirs and removes the superfluous ones. Kept are the best, the
  /// newest `count` at ends of epochs, and of those within epochs the ones among the newest two checkpoints: the second
  /// in case the first cannot be read. Checkpoints newer than `last` are left alone.
  package func rotate(last: CheckpointID, best: Int?, keeping count: Int) throws {
    try link(lastPath, to: last)
    let best = best.map { CheckpointID.end(ofEpoch: $0) }
    if let best { try link(bestPath, to: best) }
    let all = checkpoints().filter { $0 <= last }
    let kept = all.filter { $0.isEndOfEpoch }.prefix(count) + all.prefix(2).filter { !$0.isEndOfEpoch }
    for id in all where id != best && !kept.contains(id) {
      try FileManager.default.removeItem(atPath: checkpointPath(id))
    }
  }

  private func link(_ path: String, to id: CheckpointID) throws { try linkAtomically(path, to: id.fileName) }
}

/// Creates a directory of a run, and those above, if they do not exist.
func makeDirectory(_ path: String) throws(RunError) {
  guard !isFile(path) else { throw RunError("\(path) is a file; name a directory with --run") }
  do {
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  } catch {
    throw RunError("cannot create the run directory \(path): \(error.localizedDescription)")
  }
}
