import ArgumentParser
import Runs

/// The exit status of training that was stopped and can be resumed: EX_TEMPFAIL of sysexits.h.
let stoppedStatus: Int32 = 75

/// How a session of a run starts, and when it writes checkpoints.
struct SessionOptions: ParsableArguments {
  @Flag(help: "Resume the run in that directory, on any number of ranks.")
  var resume = false

  @Flag(
    name: .customLong("continue"),
    help: ArgumentHelp(
      """
      Start the run, or resume it if the directory holds it already: one command line for the first start and \
      every other.
      """))
  var continues = false

  @Option(
    help: ArgumentHelp(
      "Also write a checkpoint after every so many steps, within epochs.", valueName: "count"))
  var checkpointEverySteps: Int?

  @Option(
    help: ArgumentHelp(
      "Also write a checkpoint when the last one is so old, within epochs.", valueName: "minutes"))
  var checkpointEveryMinutes: Double?

  func validate() throws {
    guard !(resume && continues) else { throw ValidationError("Say --resume or --continue, not both.") }
    guard checkpointEverySteps ?? 1 >= 1 else { throw ValidationError("--checkpoint-every-steps must be at least 1.") }
    guard checkpointEveryMinutes.map({ $0 > 0 && $0 < 1e6 }) ?? true else {
      throw ValidationError("--checkpoint-every-minutes must be above 0.")
    }
  }

  /// Whether there may be a run to resume.
  var mayResume: Bool { resume || continues }

  var schedule: CheckpointSchedule {
    CheckpointSchedule(everySteps: checkpointEverySteps, every: checkpointEveryMinutes.map { .seconds(60 * $0) })
  }
}
