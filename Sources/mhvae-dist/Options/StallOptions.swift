import ArgumentParser
import Communication

/// How long ranks wait for each other.
struct StallOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "End the job when a rank has waited so long for another, which is then named; 0 waits for ever.",
      valueName: "seconds"))
  var stallTimeout = 300

  func validate() throws {
    guard (0...1 << 24).contains(stallTimeout) else {
      throw ValidationError("--stall-timeout must be from 0 to \(1 << 24).")
    }
  }

  func apply(in world: World) { world.collectives.watch.use(seconds: stallTimeout) }
}
