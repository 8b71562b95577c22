import Foundation
import Machine
import Testing

/// What is said about ranks and hosts.
@Suite struct FindingTests {
  @Test("Ranks with cores of their own give no reason to complain")
  func nothingToSay() {
    #expect(kinds((0..<4).map { RankFacts($0, cores: [$0]) }) == [])
    #expect(kinds([RankFacts(0, cores: [0, 1, 2, 3], threads: 4)]) == [])
    #expect(kinds((0..<2).map { RankFacts($0, cores: [2 * $0, 2 * $0 + 1], threads: 2) }) == [])
  }

  @Test("More threads than cores are found")
  func tooManyThreads() {
    #expect(kinds((0..<5).map { RankFacts($0, cores: [0, 1, 2, 3]) }) == [.tooManyThreads])
    #expect(kinds([RankFacts(0, cores: [0, 1, 2, 3], threads: 5)]) == [.tooManyThreads])
  }

  @Test("Ranks on one core, or too many on one socket, are found and named")
  func sharedCores() {
    let onOne = findings([RankFacts(0, cores: [1]), RankFacts(1, cores: [1]), RankFacts(2, cores: [2])])
    #expect(onOne.map(\.kind) == [.sharedCores])
    #expect(onOne[0].problem == "ranks 0, 1 are bound to the same core 1")
    let one = [RankFacts(0, cores: [0], threads: 2), RankFacts(1, cores: [1])]
    #expect(findings(one).map(\.problem) == ["rank 0 has more threads than cores, 0"])
    let socket = (0..<3).map { RankFacts($0, cores: [0, 1]) } + [RankFacts(3, cores: [2, 3])]
    #expect(findings(socket).map(\.problem) == ["ranks 0, 1, 2 are bound to the same cores 0-1"])
  }

  /// As newer Slurm does with the daemons of mpirun, or with a shell of `srun --pty`.
  @Test("Ranks that are all confined to one core of many are found, with what Slurm wants to hear")
  func confined() {
    let found = findings((0..<4).map { RankFacts($0, cores: [2]) })
    #expect(found.map(\.kind) == [.confinedCores])
    #expect(found[0].problem == "4 ranks with 1 OpenBLAS thread each may use only 1 core of 4, 2")
    #expect(found[0].advice.contains("SLURM_WHOLE=1") && found[0].isSevere)
    #expect(kinds([RankFacts(0, cores: [2])]) == [])
  }

  @Test("Memory that killed ranks left behind, and a TMPDIR too long for sockets, are found")
  func leftoversAndTemporaryDirectory() {
    var rank = RankFacts(0, cores: [0])
    rank.host.temporaryDirectory = "/tmp/" + String(repeating: "x", count: 40)
    rank.host.leftoverSharedMemory = 0
    #expect(kinds([rank]) == [])
    rank.host.temporaryDirectory = "/tmp/" + String(repeating: "x", count: 80)
    rank.host.leftoverSharedMemory = 8 << 20
    #expect(kinds([rank]) == [.leftovers, .temporaryDirectory])
  }

  @Test("Ranks that may run anywhere are found, once for all hosts")
  func unbound() {
    let ranks = (0..<12).map { RankFacts($0, node: $0 / 2, cores: [0, 1, 2, 3]) }
    let found = findings(ranks)
    #expect(found.map(\.kind) == [.unbound])
    #expect(found[0].hosts == ["n0", "n1", "n2", "n3", "n4", "n5"])
    #expect(found[0].text.contains("on n0, n1, n2 and 3 more;"))
  }

  @Test("A control group that gives less time than there are threads is found")
  func coreLimit() {
    var rank = RankFacts(0, cores: [0, 1, 2, 3], threads: 2)
    rank.host.coreLimit = 2
    #expect(kinds([rank]) == [])
    rank.host.coreLimit = 1.5
    #expect(kinds([rank]) == [.coreLimit])
  }

  @Test("Shared memory and memory must suffice for the ranks of a host")
  func room() {
    let ranks = (0..<2).map { RankFacts($0, cores: [$0]) }
    func need(_ shared: Int, _ memory: Int) -> [ModelNeed] {
      [ModelNeed(name: "m", sharedMemory: { shared * $0 }, rankMemory: memory)]
    }
    #expect(kinds(ranks, needs: need(1 << 29, 4 << 30)) == [])
    #expect(kinds(ranks, needs: need(1 << 29 + 1, 4 << 30)) == [.sharedMemory])
    #expect(kinds(ranks, needs: need(1 << 29, 4 << 30 + 1)) == [.memory])
    // One rank on each of several hosts keeps its weights there, too; a rank alone does not.
    let apart = (0..<2).map { RankFacts($0, node: $0, cores: [0]) }
    #expect(kinds(apart, needs: need(1 << 40, 1)) == [.sharedMemory])
    #expect(kinds([ranks[0]], needs: need(1 << 40, 1)) == [])
  }

  @Test("Refused single copies are found unless MPI has been told to do without")
  func singleCopy() {
    var rank = RankFacts(0, cores: [0])
    rank.singleCopyRefusal = "Operation not permitted"
    #expect(kinds([rank]) == [.singleCopy])
    #expect(findings([rank], singleCopyIsOff: true).isEmpty)
  }

  @Test("Hosts that differ are found and named by what they have")
  func hostsDiffer() {
    let found = findings([
      RankFacts(0, cores: [0]), RankFacts(1, node: 1, cores: [0], kernels: "SkylakeX"),
      RankFacts(2, node: 2, cores: [0]),
    ])
    #expect(found.map(\.kind) == [.hostsDiffer])
    #expect(found[0].problem == "hosts differ in OpenBLAS's kernels: Haswell on n0, n2; SkylakeX on n1")
    var other = RankFacts(1, node: 1, cores: [0])
    other.software.build = "2"
    #expect(kinds([RankFacts(0, cores: [0]), other]) == [.hostsDiffer])
  }

  @Test("Names and addresses that two hosts have in common are found")
  func network() {
    let twins = (0..<2).map { RankFacts($0, node: $0, host: "same", cores: [0]) }
    #expect(kinds(twins) == [.hostNames])
    var ranks = (0..<2).map { RankFacts($0, node: $0, cores: [0]) }
    for i in ranks.indices {
      ranks[i].host.interfaces.append(
        NetworkInterface(name: "docker0", address: "172.17.0.1", network: "172.17.0.0/16", megabitsPerSecond: nil))
    }
    let found = findings(ranks)
    #expect(found.map(\.kind) == [.network] && found[0].problem.contains("docker0"))
  }

  @Test("Libraries other than those the program was built with are found")
  func libraries() {
    var rank = RankFacts(0, cores: [0])
    rank.software.mpi = "Open MPI v4.0.3"
    rank.software.hdf5 = "1.12.0"
    #expect(kinds([rank]) == [.libraries, .libraries])
  }

  @Test("Files that cannot be used, and locks that may fail, are found")
  func files() {
    var rank = RankFacts(0, cores: [0])
    rank.fileProblems = ["x.h5: no such file"]
    rank.lockless = .lustre
    #expect(kinds([rank]) == [.files, .fileLocking])
  }
}

@Suite struct MachineReportTests {
  @Test("Hosts that are alike are told once")
  func folding() {
    let ranks = (0..<256).map { RankFacts($0, node: $0 / 2, cores: [$0 % 2]) }
    let report = MachineReport(ranks, findings: [])
    #expect(report.line == "256 ranks on 128 hosts, 1 thread each, 2 cores on each, Open MPI v4.1.4")
    #expect(report.text.contains("128 hosts alike, n0, n1, n2 and 125 more:"))
    #expect(report.text.contains("processors 0 | 1\n") && report.text.contains("eth0 10.0.0.0/24 at 25 Gbit/s"))
    #expect(report.text.split(separator: "\n").count < 12, "\(report.text)")
    let odd = MachineReport(ranks + [RankFacts(256, node: 128, cores: [3])], findings: [])
    #expect(odd.text.contains("128 hosts alike") && odd.text.contains("host n128:"), "\(odd.text)")
  }

  @Test("The same is there for programs, of every rank")
  func json() throws {
    let ranks = (0..<3).map { RankFacts($0, cores: [0, 1]) }
    let report = MachineReport(
      ranks, findings: findings(ranks), needs: [ModelNeed(name: "m", sharedMemory: { 100 * $0 })])
    let object = try #require(try JSONSerialization.jsonObject(with: JSONEncoder().encode(report)) as? [String: Any])
    #expect((object["ranks"] as? [[String: Any]])?.count == 3)
    #expect((object["warnings"] as? [[String: Any]])?.first?["kind"] as? String == "confined_cores")
    #expect(object["shared_memory_needs"] as? [String: Int] == ["m": 300])
  }
}
