import ArgumentParser
import Communication
import Foundation
import Kernels
import Machine
import Storage

extension World {
  /// What every rank knows of itself and its host, on rank 0 in rank order; elsewhere nothing. Collective.
  /// - Parameter complete: adds what this rank has found out besides.
  func survey(_ topology: NodeTopology?, complete: (inout RankFacts) throws -> Void = { _ in }) throws -> [RankFacts] {
    let host = HostFacts(name: hostName, sharedMemory: SharedWindow.freeSpace)
    var facts = RankFacts(
      rank: rank, node: topology?.index ?? 0, host: host, threads: Threads.count, software: try Software())
    try complete(&facts)
    let texts = try collectives.gather(text: String(decoding: JSONEncoder().encode(facts), as: UTF8.self), at: 0)
    return try texts.map { try JSONDecoder().decode(RankFacts.self, from: Data($0.utf8)) }
  }

  /// Tells on rank 0 in a line on what training runs, and warns of what makes it much slower. Collective.
  /// - Parameter exchange: how gradients are exchanged.
  /// - Returns: the ranks, on rank 0.
  func reportMachine(exchange: String, _ console: TrainingConsole) throws -> [RankFacts] {
    let ranks = try survey(try collectives.findNodes())
    guard rank == 0 else { return [] }
    console.say("\(MachineReport(ranks, findings: []).line)\(worldSize > 1 ? ", \(exchange)" : "")")
    for finding in findings(ranks) where finding.isSevere { console.warning(finding.text) }
    return ranks
  }
}

extension Software {
  fileprivate init() throws {
    let mpi = try MPIVersions()
    // Such as `OpenBLAS 0.3.21 NO_AFFINITY Cooperlake MAX_THREADS=64`.
    let openBLAS = Threads.library.split(separator: " ").prefix(2).last.map(String.init) ?? ""
    self.init(
      program: "mhvae-dist \(MHVAEDist.configuration.version)", build: Build.fingerprint, mpi: mpi.running,
      mpiBuiltWith: mpi.builtWith, mpiThreads: mpi.threadLevel, hdf5: try HDF5Version.running,
      hdf5BuiltWith: HDF5Version.builtWith, openBLAS: openBLAS, kernels: Threads.kernels,
      bf16: BF16.engineName)
  }
}
