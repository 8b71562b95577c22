import Foundation
import TestSupport
import Testing

/// How a job ends when a rank does not answer any more.
@Suite(.serialized) struct StallTests {
  private let bound = Duration.seconds(120)

  @Test(
    "A stopped rank is named with its host, in one message, and does not stay behind",
    arguments: ["barrier", "sums", "shared", "a node each", "all-reduce"], [2, 3])
  func stoppedRank(way: String, ranks: Int) throws {
    let token = UUID().uuidString
    let outcome = try mpirun(ranks: ranks, "parallel-checks", ["stall", way, token], timeout: bound)
    #expect(outcome.exitCode == 1, "\(outcome)")
    let host = try run("hostname").stdout.split(separator: "\n")[0]
    #expect(
      outcome.stderr.hasPrefix("parallel-checks: error: rank \(ranks - 1) (\(host)) has not answered for 3 s"),
      "\(outcome)")
    #expect(outcome.stderr.contains(ranks == 2 ? "ank 0 waited" : "anks 0 and 1 waited"), "\(outcome)")
    #expect(outcome.stderr.split(separator: "\n").count == 1, "\(outcome)")
    if way == "shared" { #expect(outcome.stderr.contains("; it had last reached "), "\(outcome)") }
    #expect(try processes(withArgument: token).isEmpty)
  }

  @Test("What a rank puts off until MPI has ended may take longer than ranks wait for each other")
  func slowAfterwards() throws {
    let outcome = try mpirun(ranks: 3, "parallel-checks", ["stall", "after-finalize"], timeout: bound)
    #expect(outcome.exitCode == 0 && outcome.errors.isEmpty, "\(outcome)")
    #expect(outcome.stdout == "nobody stalled\ndone after finalize\n", "\(outcome)")
  }

  @Test("A stopped rank of a training run: its step is named")
  func stoppedTraining() throws {
    try SyntheticDigits.withDataset { directory, dataset in
      let run = "\(directory)/run"
      Thread { stop(rank: 1, of: run) }.start()
      let outcome = try mpirun(
        ranks: 2, "mhvae-dist",
        [
          "train", "--preset", "mnist", "--data", dataset, "--run", run, "--epochs", "100000", "--log-steps", "1",
          "--stall-timeout", "3",
        ], timeout: bound)
      #expect(outcome.exitCode == 1, "\(outcome)")
      let expected =
        #/mhvae-dist: error: rank 1 \(.*\) has not answered for 3 s; it had last reached .*step \d+.* Rank 0 waited in .*step \d+.*\n/#
      #expect(try expected.wholeMatch(in: outcome.stderr) != nil, "\(outcome)")
      #expect(try processes(withArgument: run).isEmpty)
    }
  }

  @Test("A job that is suspended as a whole has not waited")
  func suspendedJob() throws {
    let outcome = try mpirun(ranks: 2, "parallel-checks", ["stall", "suspended"], timeout: bound)
    #expect(outcome.exitCode == 0 && outcome.stdout == "nobody stalled\n", "\(outcome)")
  }

  @Test("A killed rank ends the job without waiting for it")
  func killedRank() throws {
    let outcome = try mpirun(ranks: 3, "parallel-checks", ["stall", "killed"], timeout: bound)
    #expect(outcome.exitCode != 0, "\(outcome)")
    #expect(outcome.stderr.contains("signal 9") && !outcome.stderr.contains("has not answered"), "\(outcome)")
  }
}

/// Stops a rank once its run has taken some steps.
private func stop(rank: Int, of run: String) {
  let steps = "\(run)/steps.jsonl"
  while (FileManager.default.contents(atPath: steps)?.count ?? 0) < 1000 { usleep(50_000) }
  for process in (try? processes(withArgument: run, variable: "OMPI_COMM_WORLD_RANK=\(rank)")) ?? [] {
    kill(process, SIGSTOP)
  }
}
