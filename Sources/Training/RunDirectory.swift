internal import Foundation
internal import Storage

/// The files of one run:
///
///     config.yaml                        the resolved configuration
///     metrics.jsonl                      one line an epoch
///     steps.jsonl                        one line every so many steps, if asked for
///     checkpoints/epoch-00012.safetensors
///     checkpoints/last.safetensors       a link to the newest
///     checkpoints/best.safetensors       a link to the one with the highest validation ELBO
///     evaluation.json
package struct RunDirectory: Sendable {
  package let path: String

  package init(_ path: String) { self.path = path }

  package var configurationPath: String { "\(path)/config.yaml" }
  package var metricsPath: String { "\(path)/metrics.jsonl" }
  package var stepsPath: String { "\(path)/steps.jsonl" }
  private var checkpointsPath: String { "\(path)/checkpoints" }

  package func checkpointPath(epoch: Int) -> String {
    let digits = String(epoch)
    return "\(checkpointsPath)/epoch-\(String(repeating: "0", count: max(0, 5 - digits.count)))\(digits).safetensors"
  }

  package var lastPath: String { "\(checkpointsPath)/last.safetensors" }
  package var bestPath: String { "\(checkpointsPath)/best.safetensors" }

  package var holdsRun: Bool { FileManager.default.fileExists(atPath: configurationPath) }
  package var holdsSteps: Bool { FileManager.default.fileExists(atPath: stepsPath) }

  /// - Throws: `TrainingError` when the directory holds a run already.
  package func checkIsFree() throws(TrainingError) {
    guard !path.isEmpty else { throw TrainingError("--run: name a directory") }
    let remains = [configurationPath, metricsPath, checkpointsPath]
    guard !remains.contains(where: FileManager.default.fileExists(atPath:)) else {
      throw TrainingError(
        "\(path) holds a run already; go on with it by --resume, or name another directory with --run")
    }
  }

  /// Makes the directory, as far as it is not there, and puts the run's configuration into it.
  /// - Throws: `TrainingError` or `StorageError` when it cannot be written.
  package func write(configuration: String) throws {
    do {
      try FileManager.default.createDirectory(atPath: checkpointsPath, withIntermediateDirectories: true)
    } catch {
      throw TrainingError("cannot create the run directory \(path): \(error.localizedDescription)")
    }
    try writeAtomically(bytes: Array(configuration.utf8), to: configurationPath)
  }

  /// The configuration of the run.
  package func readConfiguration() throws -> String {
    guard let data = FileManager.default.contents(atPath: configurationPath) else {
      throw TrainingError("\(path) holds no run: there is no \(configurationPath)")
    }
    return String(decoding: data, as: UTF8.self)
  }

  /// Epochs of which there is a checkpoint, newest first.
  package func checkpointEpochs() -> [Int] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: checkpointsPath)) ?? []
    return names.compactMap { name in
      guard name.hasPrefix("epoch-"), name.hasSuffix(".safetensors") else { return nil }
      return Int(name.dropFirst("epoch-".count).dropLast(".safetensors".count))
    }.sorted(by: >)
  }

  /// Points `last` and `best` at their checkpoints and removes those that nobody needs.
  package func settle(last: Int, best: Int?, keeping count: Int) throws {
    try link(lastPath, to: last)
    if let best { try link(bestPath, to: best) }
    for epoch in checkpointEpochs().filter({ $0 <= last && $0 != best }).dropFirst(count) {
      try FileManager.default.removeItem(atPath: checkpointPath(epoch: epoch))
    }
  }

  private func link(_ path: String, to epoch: Int) throws {
    try linkAtomically(path, to: checkpointPath(epoch: epoch).split(separator: "/").last.map(String.init) ?? "")
  }
}
