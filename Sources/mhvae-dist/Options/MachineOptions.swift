import ArgumentParser
import Communication
import Configuration
import GradientExchange
import Kernels

/// How much of the machine a rank uses.
struct ThreadOptions: ParsableArguments {
  @Option(help: ArgumentHelp("OpenBLAS threads of each rank.", valueName: "count"))
  var threads = 1

  func validate() throws {
    guard (1...1024).contains(threads) else { throw ValidationError("--threads must be from 1 to 1024.") }
  }

  func apply() { Threads.use(threads) }
}

extension ExchangeMethod: ExpressibleByArgument {}
extension WireFormat: ExpressibleByArgument {}

/// How ranks exchange gradients.
struct ExchangeOptions: ParsableArguments {
  static let defaultMethod = ExchangeSettings().method

  @Option(
    help: ArgumentHelp(
      "How gradients are exchanged: through memory that the ranks of a node share, or by messages alone.",
      valueName: "method"))
  var exchange = Self.defaultMethod

  @Option(
    help: ArgumentHelp(
      """
      What gradients are between hosts: bf16 takes half the bytes; what rounding loses is added to the next step's \
      gradients. On one host it has no effect.
      """, valueName: "format"))
  var wire = WireFormat.f32

  func validate() throws {
    guard wire == .f32 || exchange == .shared else {
      throw ValidationError("--wire \(wire.rawValue) needs --exchange shared.")
    }
  }

  /// - Throws: when the ranks' sums were to have the same bits on any number of hosts, and are rounded between hosts.
  func check(_ training: TrainingConfiguration) throws {
    guard wire == .f32 || training.microBatches == 1 else {
      throw ValidationError(
        "--wire \(wire.rawValue) rounds gradients between hosts, so that \(training.microBatches) micro-batches "
          + "(--reproducible) would not give the same bits on other numbers of ranks: leave one of the two out.")
    }
  }

  var settings: ExchangeSettings {
    var settings = ExchangeSettings(exchange)
    settings.wire = wire
    return settings
  }
}

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

  func apply(in world: World) { world.collectives.watchdog.setTimeout(seconds: stallTimeout) }
}

/// How often the replicas are compared.
struct ComparisonOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Compare the replicas not only after every epoch, but also every so many steps.", valueName: "steps"))
  var compareEverySteps: Int?

  func validate() throws {
    guard compareEverySteps ?? 1 >= 1 else { throw ValidationError("--compare-every-steps must be at least 1.") }
  }
}
