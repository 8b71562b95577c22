import ArgumentParser
import Communication
import Kernels
import Machine
import Training

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

extension World {
  /// Checks that all ranks run the same program on as many threads. Collective.
  /// - Parameters:
  ///   - data: the fingerprint of data that must be the same, too.
  ///   - warn: hears, on rank 0, of differences that do no harm.
  ///   - options: others that must be the same, with their values.
  func compareRanks(
    data: String? = nil, warn: (String) -> Void = warn, options: KeyValuePairs<String, String> = [:]
  ) throws {
    guard worldSize > 1 else { return }
    var facts = RankAgreement(program: Build.fingerprint)
    facts.add("--threads", "\(Threads.count)")
    for (name, value) in options { facts.add(name, value) }
    if let data {
      facts.add("the data", "fingerprint \(data)", remedy: "Give all ranks the same file, or copies of it")
    }
    try facts.compare(in: self, warn: warn)
  }
}
