import Communication
import Foundation
import Profiling
import Runs
import Storage

extension TrainCommand {
  /// - Throws: on rank 0 when the trace could not be written: better now than after its steps.
  func stepTrace(in world: World, _ console: TrainingConsole) throws -> StepTrace? {
    guard let trace else { return nil }
    if world.rank == 0 {
      try checkOutput(trace, option: "--trace", inputs: [data, changes.config, run])
      // A new run's own directory comes later.
      let folder = URL(filePath: trace).deletingLastPathComponent().standardizedFileURL
      let isInNewRun =
        !RunDirectory(run ?? "").holdsRun
        && folder == URL(filePath: run ?? "", directoryHint: .isDirectory).standardizedFileURL
      if !isInNewRun { _ = try AtomicFile.begin(target: trace) }
    }
    return StepTrace(path: trace, host: world.hostName, collectives: world.collectives, warn: console.warning)
  }
}
