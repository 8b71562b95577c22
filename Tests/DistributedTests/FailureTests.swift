import Foundation
import TestSupport
import Testing

/// How a job ends when ranks fail. Standard error is compared whole: it must hold our message and nothing else, no
/// banner of the launcher either.
@Suite(.serialized) struct FailureTests {
  /// Far above the two seconds it takes, far below a hang.
  private let bound = Duration.seconds(120)

  @Test("One rank fails while the others wait: one message with its rank", arguments: 2...4)
  func oneRankFails(ranks: Int) throws {
    let outcome = try fail("fail-one", ranks: ranks)
    let host = try run("hostname").stdout.split(separator: "\n")[0]
    #expect(outcome.stderr == "parallel-checks: error: rank \(ranks - 1) (\(host)): only here\n", "\(outcome)")
  }

  @Test("All ranks fail alike: one message without a rank", arguments: 1...4)
  func allRanksFailAlike(ranks: Int) throws {
    let outcome = try fail("fail-all", ranks: ranks)
    #expect(outcome.stderr == "parallel-checks: error: the same on all ranks\n", "\(outcome)")
  }

  @Test("Ranks fail differently: each problem once, by one rank")
  func ranksFailDifferently() throws {
    let lines = try fail("fail-differently", ranks: 3).stderr.split(separator: "\n")
    #expect(lines.count == 2)
    #expect(lines.first?.hasPrefix("parallel-checks: error: rank 0 (") == true)
    #expect(lines.last == "parallel-checks: error: ranks 1 and 2: problem number 1")
  }

  @Test(
    "A lower rank fails just as a higher one is about to speak: each says its own problem, or nothing", arguments: 0..<3
  )
  func lateFailure(attempt: Int) throws {
    let outcome = try fail("fail-late", ranks: 3)
    let messages = outcome.stderr.split(separator: "\n")
    #expect(!messages.isEmpty && messages.count == Set(messages).count, "\(outcome)")
    let problems = ["rank 0 (", "rank 2 ("]
    for problem in problems { #expect(messages.count { $0.contains(problem) } <= 1, "\(outcome)") }
    #expect(messages.allSatisfy { line in problems.contains { line.contains($0) } }, "\(outcome)")
  }

  @Test("Ranks disagree: one message that names the rank")
  func ranksDisagree() throws {
    let outcome = try fail("differ", ranks: 3)
    #expect(outcome.stderr == "parallel-checks: error: parameters: rank 2 of 3 differs from the others\n", "\(outcome)")
  }

  @Test("One bit of one parameter on one rank is noticed", arguments: 2...4)
  func divergedReplica(ranks: Int) throws {
    let outcome = try fail("diverge", ranks: ranks)
    let reference = ranks == 2 ? "rank 0" : "the others"
    #expect(
      outcome.stderr
        == "parallel-checks: error: changed replica state: rank \(ranks - 1) of \(ranks) differs from \(reference)\n",
      "\(outcome)")
  }

  @Test("An error of MPI is told by its cause, while the memory it may still write to stays")
  func errorOfMPI() throws {
    let outcome = try fail("truncate", ranks: 2)
    #expect(outcome.stderr.contains("MPI_Testall: MPI_ERR_TRUNCATE"), "\(outcome)")
    #expect(!outcome.stdout.contains("unwound"), "\(outcome)")
  }

  /// Where the alarm comes first, it ends a flush that nobody reads.
  @Test("A failing program ends although nobody reads what it has printed")
  func outputThatNobodyReads() throws {
    try temporaryDirectory { directory in
      let pipe = directory.appending(path: "pipe").path
      let script = """
        mkfifo \(pipe); exec 3<>\(pipe)
        dd if=/dev/zero bs=4096 count=1000 oflag=nonblock >&3 2>/dev/null
        \(try product("parallel-checks")) fail-after-print >&3
        """
      let outcome = try run("bash", ["-c", script], timeout: .seconds(60))
      #expect(outcome.exitCode != 0 && outcome.stderr.contains("nobody reads"), "\(outcome)")
    }
  }

  @Test("Without MPI the message and the exit code are the same")
  func failureAlone() throws {
    let outcome = try run(product("parallel-checks"), ["fail-all"])
    #expect(outcome.exitCode == 1)
    #expect(outcome.stderr == "parallel-checks: error: the same on all ranks\n")
  }

  @Test("srun without PMI is refused before anything runs twice")
  func slurmWithoutPMI() throws {
    let outcome = try run(product("parallel-checks"), environment: ["SLURM_STEP_NUM_TASKS": "2", "SLURM_PROCID": "0"])
    #expect(outcome.exitCode == 1)
    #expect(outcome.stderr.hasPrefix("parallel-checks: error: srun started 2 tasks without PMI"), "\(outcome)")
    let other = try run(product("parallel-checks"), environment: ["SLURM_STEP_NUM_TASKS": "2", "SLURM_PROCID": "1"])
    #expect(other.exitCode == 1 && other.stderr.isEmpty, "\(other)")
  }

  @Test("A launcher of another MPI is noticed: it counts ranks that MPI does not see")
  func sizesDiffer() throws {
    let outcome = try run(product("parallel-checks"), environment: ["PMI_SIZE": "2", "PMI_RANK": "0"])
    #expect(outcome.exitCode == 1)
    #expect(outcome.stderr.contains("the launcher started 2 ranks but MPI sees 1"), "\(outcome)")
  }

  private func fail(_ mode: String, ranks: Int) throws -> Outcome {
    let outcome = try mpirun(ranks: ranks, "parallel-checks", [mode], timeout: bound)
    #expect(outcome.exitCode == 1, "\(outcome)")
    return outcome
  }
}
