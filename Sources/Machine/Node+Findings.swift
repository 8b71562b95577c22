/// What will hurt the ranks of one host.
extension Node {
  /// Threads without a core of their own.
  var crowding: [Finding] {
    let bound = Set(ranks.map(\.cores)).sorted { $0.lexicographicallyPrecedes($1) }.compactMap(sharing)
    if !bound.isEmpty { return bound }
    let advice = "start fewer ranks on a host or lower --threads: every thread needs a core"
    if threads > cores.count, cores.count < host.coreCount {
      return [
        Finding(
          .confinedCores,
          "\(work) may use only \(count(cores.count, "core")) of \(host.coreCount), \(CPUList(Array(cores)))",
          advice: "mpirun passes on what its own task got: ask Slurm for more (--cpus-per-task, --exclusive), export "
            + "SLURM_WHOLE=1 and SRUN_CPUS_PER_TASK before mpirun (newer Slurm gives its daemons one core), or \(advice)"
        )
      ]
    }
    if threads > cores.count {
      return [Finding(.tooManyThreads, "\(work) share \(count(cores.count, "core"))", advice: advice)]
    }
    guard let limit = host.coreLimit, limit < Double(threads) else { return [] }
    return [
      Finding(.coreLimit, "a control group allows \(work) the time of \(tenths(limit)) cores", advice: advice)
    ]
  }

  /// Whether ranks that may use only some of the job's cores find too few there.
  private func sharing(_ set: [Int]) -> Finding? {
    let inside = ranks.filter { Set($0.cores).isSubset(of: set) }
    guard set.count < cores.count, inside.map(\.threads).reduce(0, +) > set.count else { return nil }
    let names = inside.map { "\($0.rank)" }.joined(separator: ", ")
    return Finding(
      .sharedCores,
      inside.count == 1
        ? "rank \(names) has more threads than cores, \(CPUList(set))"
        : "ranks \(names) are bound to the same \(set.count == 1 ? "core" : "cores") \(CPUList(set))",
      advice: "bind each to its own: mpirun --map-by core --bind-to core (--map-by slot:PE=THREADS with more threads)")
  }

  private var work: String {
    "\(count(ranks.count, "rank")) with \(count(threads / ranks.count, "OpenBLAS thread")) each"
  }

  var binding: [Finding] {
    let all = cores
    guard ranks.count > 1, threads <= all.count, ranks.allSatisfy({ Set($0.cores) == all }) else { return [] }
    return [
      Finding(
        .unbound, "ranks are not bound: the system may move them between \(count(all.count, "core"))",
        advice: "add --bind-to core to mpirun")
    ]
  }

  func room(for needs: [ModelNeed], isAlone: Bool) -> [Finding] {
    needs.flatMap { need -> [Finding] in
      var findings: [Finding] = []
      let shared = need.sharedMemory(ranks.count)
      if !isAlone, let free = host.sharedMemory, shared > free {
        findings.append(
          Finding(
            .sharedMemory, "/dev/shm has \(mebibytes(free)) free, and \(need.name) needs \(mebibytes(shared))",
            advice: "enlarge it (containers: --shm-size), or gradients are exchanged by all-reduce"))
      }
      if let rank = need.rankMemory, rank * ranks.count > availableMemory {
        findings.append(
          Finding(
            .memory,
            "\(mebibytes(availableMemory)) of memory are available, and \(need.name) needs up to "
              + mebibytes(rank * ranks.count), advice: "start fewer ranks on a host, or lower --shard-memory"))
      }
      return findings
    }
  }

  var singleCopy: [Finding] {
    guard let reason = ranks.lazy.compactMap(\.singleCopyRefusal).first else { return [] }
    return [
      Finding(
        .singleCopy, "ranks may not read each other's memory (\(reason))",
        advice: "add --mca btl_vader_single_copy_mechanism none to mpirun (Open MPI 5: --mca smsc ^cma)")
    ]
  }

  var leftovers: [Finding] {
    guard let bytes = host.leftoverSharedMemory, bytes >= 1 << 20 else { return [] }
    return [
      Finding(
        .leftovers, "\(mebibytes(bytes)) of /dev/shm are held by files of MPI that no process uses: ranks were killed",
        advice: "remove them if no job of yours runs there in another container: rm /dev/shm/{vader_segment,osc_sm}*")
    ]
  }

  /// Open MPI appends some 40 characters and the host's name.
  var temporaryDirectory: [Finding] {
    let longest = 107 - 40 - host.name.utf8.count
    guard let path = host.temporaryDirectory, path.utf8.count > longest else { return [] }
    return [
      Finding(
        .temporaryDirectory,
        "TMPDIR has \(path.utf8.count) characters, and names of sockets in it may have 107 in all",
        advice: "export TMPDIR=/tmp, or mpirun may not start ranks")
    ]
  }

  var files: [Finding] {
    let problems = Set(ranks.flatMap(\.fileProblems)).sorted()
    return problems.map { Finding(.files, $0, advice: "training would end with this error") }
      + Set(ranks.compactMap(\.lockless)).sorted { $0.rawValue < $1.rawValue }.map {
        Finding(
          .fileLocking, "the dataset lies on \($0.rawValue), where HDF5's locks may fail",
          advice: "export HDF5_USE_FILE_LOCKING=FALSE to the ranks (mpirun -x)")
      }
  }
}
