import Communication
import Kernels
import Machine

extension World {
  /// Checks that all ranks run the same program with the same number of threads. Collective.
  /// - Parameters:
  ///   - data: the fingerprint of data that must be the same, too.
  ///   - warn: called, on rank 0, for differences that do no harm.
  ///   - options: others that must be the same, with their values.
  /// - Throws: `RankMismatch`.
  func checkRanks(
    data: String? = nil, warn: (String) -> Void = warn, options: KeyValuePairs<String, String> = [:]
  ) throws {
    guard worldSize > 1 else { return }
    var properties = RankConsistency()
    properties.require("the program", Build.fingerprint, remedy: "Install the same build on every host")
    properties.prefer("the kernels of OpenBLAS", Threads.library)
    properties.require("--threads", "\(Threads.count)")
    for (name, value) in options { properties.require(name, value) }
    if let data {
      properties.require("the data", "fingerprint \(data)", remedy: "Give all ranks the same file, or copies of it")
    }
    try properties.check(in: self, warn: warn)
  }
}
