/// Something that will hurt, and what to do about it.
package struct Finding: Codable, Hashable, Sendable {
  package enum Kind: String, Codable, Sendable {
    case tooManyThreads = "too_many_threads"
    case sharedCores = "shared_cores"
    case confinedCores = "confined_cores"
    case coreLimit = "core_limit"
    case unbound
    case sharedMemory = "shared_memory"
    case leftovers
    case temporaryDirectory = "temporary_directory"
    case memory
    case singleCopy = "single_copy"
    case hostsDiffer = "hosts_differ"
    case hostNames = "host_names"
    case network
    case libraries
    case fileLocking = "file_locking"
    case files
    case configuration
  }

  package var kind: Kind
  package var problem: String
  package var advice: String
  /// Where; empty if it is about the job as a whole.
  package var hosts: [String] = []

  package init(_ kind: Kind, _ problem: String, advice: String) {
    (self.kind, self.problem, self.advice) = (kind, problem, advice)
  }

  /// Whether training should mention it when it begins: it costs a multiple of the time, or other results.
  package var isSevere: Bool {
    [.tooManyThreads, .sharedCores, .confinedCores, .coreLimit, .hostsDiffer].contains(kind)
  }

  package var text: String { "\(problem)\(hosts.isEmpty ? "" : " on \(Names.phrase(hosts))"); \(advice)" }
}

/// What a model asks of a host.
package struct ModelNeed: Sendable {
  /// Such as a preset's name.
  package let name: String
  /// Bytes of shared memory that so many ranks of a host take.
  package let sharedMemory: @Sendable (_ ranks: Int) -> Int
  /// Bytes of memory of each rank, if that is known.
  package let rankMemory: Int?

  package init(name: String, sharedMemory: @escaping @Sendable (_ ranks: Int) -> Int, rankMemory: Int? = nil) {
    (self.name, self.sharedMemory, self.rankMemory) = (name, sharedMemory, rankMemory)
  }
}

/// Names of many hosts in few words.
enum Names {
  static func phrase(_ names: [String]) -> String {
    names.count <= 4
      ? names.joined(separator: ", ") : "\(names.prefix(3).joined(separator: ", ")) and \(names.count - 3) more"
  }
}
