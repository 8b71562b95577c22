/// What one rank knows of itself and of where it runs; what ranks tell rank 0.
package struct RankFacts: Codable, Equatable, Sendable {
  package var rank: Int
  /// Which of the groups of ranks that share memory it belongs to.
  package var node: Int
  package var host: HostFacts
  /// Processors it may run on.
  package var processors: [Int]
  /// The cores these belong to, each by the lowest of its processors.
  package var cores: [Int]
  /// OpenBLAS threads.
  package var threads: Int
  package var software: Software
  /// Why it cannot read the memory of the next rank of its host; nil if it can.
  package var singleCopyRefusal: String?
  /// What keeps it from using the files that were named.
  package var fileProblems: [String] = []
  /// Where those files are, if HDF5's locks may fail there.
  package var lockless: FileSystem?

  package init(
    rank: Int, node: Int, host: HostFacts, threads: Int, software: Software, _ files: SystemFiles = .real
  ) {
    (self.rank, self.node, self.host, self.threads, self.software) = (rank, node, host, threads, software)
    let allowed = Cores.allowedProcessors(files)
    (processors, cores) = (allowed.numbers, Cores.of(allowed, files).numbers)
  }
}

/// Programs and libraries of a rank.
package struct Software: Codable, Hashable, Sendable {
  package var program: String
  /// Tells builds apart.
  package var build: String
  /// The MPI library as it names itself, and the version this was built with.
  package var mpi: String
  package var mpiBuiltWith: String
  /// What MPI promises about threads, such as `FUNNELED`; nil where it was not started.
  package var mpiThreads: String?
  package var hdf5: String
  package var hdf5BuiltWith: String
  package var openBLAS: String
  /// The kernels OpenBLAS chose for the processor.
  package var kernels: String
  /// The instructions that multiply bf16 numbers; nil if there are none.
  package var bf16: String?

  package init(
    program: String, build: String, mpi: String, mpiBuiltWith: String, mpiThreads: String?, hdf5: String,
    hdf5BuiltWith: String, openBLAS: String, kernels: String, bf16: String?
  ) {
    (self.program, self.build, self.mpi, self.mpiBuiltWith) = (program, build, mpi, mpiBuiltWith)
    (self.mpiThreads, self.hdf5, self.hdf5BuiltWith) = (mpiThreads, hdf5, hdf5BuiltWith)
    (self.openBLAS, self.kernels, self.bf16) = (openBLAS, kernels, bf16)
  }
}

/// Ranks that share memory, in rank order: mostly a host.
package struct Node {
  package let ranks: [RankFacts]

  /// The nodes of all ranks, in the order of their lowest ranks.
  package static func all(_ ranks: [RankFacts]) -> [Node] {
    Dictionary(grouping: ranks, by: \.node).sorted { $0.key < $1.key }.map {
      Node(ranks: $1.sorted { $0.rank < $1.rank })
    }
  }

  package var host: HostFacts { ranks[0].host }
  package var threads: Int { ranks.map(\.threads).reduce(0, +) }
  /// Cores that any of the ranks may use.
  package var cores: Set<Int> { Set(ranks.flatMap(\.cores)) }
  /// Of all ranks, the least that one sees.
  var availableMemory: Int { ranks.map(\.host.availableMemory).min() ?? 0 }
}
