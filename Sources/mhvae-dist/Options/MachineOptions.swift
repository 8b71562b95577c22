import ArgumentParser
import Communication
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

/// How ranks exchange gradients.
struct ExchangeOptions: ParsableArguments {
  static let defaultMethod = ExchangeSettings().method

  @Option(
    help: ArgumentHelp(
      "How gradients are exchanged: through memory that the ranks of a node share, or by messages alone.",
      valueName: "method"))
  var exchange = Self.defaultMethod

  var settings: ExchangeSettings { ExchangeSettings(exchange) }
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
