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

  /// Checks that all ranks multiply bf16 numbers, and warns if not by the same instructions. Collective.
  /// - Throws: `BF16.Unavailable` on all ranks if one of them cannot; what the exchange throws.
  func checkBF16(warn: (String) -> Void = warn) throws {
    var missing = [Int64(BF16.engineName == nil ? 1 : 0)]
    try missing.withUnsafeMutableBufferPointer { try collectives.maximum($0) }
    guard missing[0] == 0 else { throw BF16.Unavailable() }
    var properties = RankConsistency()
    properties.prefer("the instructions for bf16 (MHVAE_BF16=avx512 makes them so)", BF16.engineName ?? "none")
    try properties.check(in: self, warn: warn)
  }
}
