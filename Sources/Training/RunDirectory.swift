internal import Foundation
internal import Storage

/// The files of one run:
///
///     config.yaml                        the resolved configuration
///     metrics.jsonl                      one line an epoch
///     steps.jsonl                        one line every so many steps
///     journal.jsonl                      when it was trained, on what, and its warnings
///     tensorboard/events.out.tfevents.*  the same for TensorBoard, with pictures
///     samples/epoch-00010-*.png          pictures of what had been learned by then
///     checkpoints/epoch-00012.safetensors                   at the end of an epoch
///     checkpoints/epoch-00013-step-000001234.safetensors    within one
///     checkpoints/attempts.json          how many runs went on from a checkpoint and ended before the next
///     checkpoints/last.safetensors       a link to the newest
///     checkpoints/best.safetensors       a link to the one with the highest validation ELBO
///     evaluation.json
///     report.html                        all of it on one page
///     STOP                               put there to stop the run
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

  package func checkpointPath(_ place: CheckpointPlace) -> String { "\(checkpointsPath)/\(place.fileName)" }

  package var lastPath: String { "\(checkpointsPath)/last.safetensors" }
  package var bestPath: String { "\(checkpointsPath)/best.safetensors" }

  package var attempts: ResumeAttempts { ResumeAttempts(path: "\(checkpointsPath)/attempts.json") }
  /// A file that someone puts there to stop the run.
  package var stopPath: String { "\(path)/STOP" }

  package var holdsRun: Bool { FileManager.default.fileExists(atPath: configurationPath) }
  package var holdsSteps: Bool { FileManager.default.fileExists(atPath: stepsPath) }

  /// - Throws: `TrainingError` when the directory holds a run already.
  package func checkIsFree() throws(TrainingError) {
    guard !path.isEmpty else { throw TrainingError("--run: name a directory") }
    let remains = [configurationPath, metricsPath, checkpointsPath]
    guard !remains.contains(where: FileManager.default.fileExists(atPath:)) else {
      throw TrainingError(
        "\(path) holds a run already; go on with it by --resume or --continue, or name another directory with --run")
    }
  }

  /// Makes the directory, as far as it is not there, and puts the run's configuration into it. The configuration is
  /// what makes it a run: it comes first, so that a program killed in between leaves a run or a free directory.
  /// - Throws: `TrainingError` or `StorageError` when it cannot be written.
  package func write(configuration: String) throws {
    try makeDirectory(path)
    try writeAtomically(bytes: Array(configuration.utf8), to: configurationPath)
    try makeDirectory(checkpointsPath)
    for directory in [path, checkpointsPath, samplesPath] { removeAbandonedFiles(in: directory) }
  }

  /// The configuration of the run.
  package func readConfiguration() throws -> String {
    guard let data = FileManager.default.contents(atPath: configurationPath) else {
      throw TrainingError("\(path) holds no run: there is no \(configurationPath)")
    }
    return String(decoding: data, as: UTF8.self)
  }

  /// All checkpoints, newest first.
  package func checkpoints() -> [CheckpointPlace] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: checkpointsPath)) ?? []
    return names.compactMap { CheckpointPlace(fileName: $0) }.sorted(by: >)
  }

  /// Epochs at whose end there is a checkpoint, newest first.
  package func checkpointEpochs() -> [Int] { checkpoints().filter { $0.isEndOfEpoch }.map { $0.epoch } }

  /// Points `last` and `best` at their checkpoints and removes those that nobody needs. Kept are the best, so many of
  /// the newest ends of epochs, and of the places within epochs those among the newest two: the second is there in
  /// case the first cannot be read. What is newer than `last` is left alone.
  package func settle(last: CheckpointPlace, best: Int?, keeping count: Int) throws {
    try link(lastPath, to: last)
    let best = best.map { CheckpointPlace.end(ofEpoch: $0) }
    if let best { try link(bestPath, to: best) }
    let all = checkpoints().filter { $0 <= last }
    let kept = all.filter { $0.isEndOfEpoch }.prefix(count) + all.prefix(2).filter { !$0.isEndOfEpoch }
    for place in all where place != best && !kept.contains(place) {
      try FileManager.default.removeItem(atPath: checkpointPath(place))
    }
  }

  private func link(_ path: String, to place: CheckpointPlace) throws { try linkAtomically(path, to: place.fileName) }
}

/// Makes a directory of a run, and those above, as far as they are not there.
func makeDirectory(_ path: String) throws(TrainingError) {
  guard !isFile(path) else { throw TrainingError("\(path) is a file; name a directory with --run") }
  do {
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  } catch {
    throw TrainingError("cannot create the run directory \(path): \(error.localizedDescription)")
  }
}
