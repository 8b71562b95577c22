import Machine

extension SystemFiles {
  /// Made-up files, by path.
  init(_ files: [String: String]) { self.init { files[$0] } }
}

extension RankFacts {
  /// A rank of a host with four cores, bound to some of them.
  init(
    _ rank: Int, node: Int = 0, host: String? = nil, cores: [Int], threads: Int = 1, kernels: String = "Haswell",
    bf16: String? = nil
  ) {
    let files = SystemFiles([
      "/proc/self/status": "Name:\tx\nCpus_allowed_list:\t\(CPUList(cores))\n",
      "/sys/devices/system/cpu/online": "0-3\n",
      "/proc/meminfo": "MemTotal:  16777216 kB\nMemAvailable:  8388608 kB\n",
    ])
    var facts = HostFacts(name: host ?? "n\(node)", sharedMemory: 1 << 30, files)
    facts.interfaces = [
      NetworkInterface(name: "eth0", address: "10.0.0.\(node + 1)", network: "10.0.0.0/24", megabitsPerSecond: 25_000)
    ]
    self.init(
      rank: rank, node: node, host: facts, threads: threads,
      software: Software(
        program: "mhvae-dist", build: "1", mpi: "Open MPI v4.1.4", mpiBuiltWith: "4.1.4", mpiThreads: "FUNNELED",
        hdf5: "1.10.8", hdf5BuiltWith: "1.10.8", openBLAS: "0.3.21", kernels: kernels, bf16: bf16), files)
  }
}

/// The kinds of what is found.
func kinds(_ ranks: [RankFacts], needs: [ModelNeed] = []) -> [Finding.Kind] {
  findings(ranks, needs: needs).map(\.kind)
}
