import Foundation
import TestSupport
import Testing

/// A host that is no longer reachable.
@Suite(.serialized, .enabled(if: VirtualHosts.obstacle == nil, "\(VirtualHosts.obstacle ?? "")"))
struct LostHostTests {
  /// The link makes what is left after the first epoch take at least 7 s: 44 steps with 4 MB each way.
  @Test("A cut link ends the job, which names the host; the wrapper starts it again, and nothing is lost")
  func cutLink() throws {
    try SyntheticDigits.withDataset { directory, dataset in
      let (disturbed, undisturbed) = ("\(directory)/disturbed", "\(directory)/undisturbed")
      let training = [
        "train", "--preset", "fashion-mnist", "--data", dataset, "--epochs", "3", "--log-steps", "1", "--continue",
      ]
      try VirtualHosts.with(2) { hosts in
        let command = try hosts.command(ranksPerHost: 1) + training
        try hosts.shape("200mbit")
        let outcome = try hosts.run(
          [ClusterScript.path("cluster/run-with-restarts.sh"), "--max-restarts", "1", "--pause", "1", "--"]
            + command + ["--run", disturbed]
        ) { wrapper in
          try wrapper.wait { (try? RunFiles.epochs(disturbed))?.contains(1) == true }
          try hosts.cut()
          try wrapper.wait { wrapper.complaints.contains("restart 1 of 1") }
          try hosts.join()
        }
        #expect(outcome.exitCode == 0, "\(outcome)")
        #expect(outcome.stderr.contains("on node \(hosts.last)\n"), "\(outcome)")
        let whole = try hosts.run(command + ["--run", undisturbed])
        #expect(whole.exitCode == 0, "\(whole)")
      }
      #expect(try RunFiles.epochs(disturbed) == [1, 2, 3])
      #expect(try RunFiles.stepLosses(disturbed) == RunFiles.stepLosses(undisturbed))
    }
  }

  /// `mpirun` then waits until its word to the lost host arrives, for as long as TCP tries, which is made short here.
  @Test("Ranks that give a host up before mpirun does name its rank")
  func stallTimeout() throws {
    try SyntheticDigits.withDataset { directory, dataset in
      let run = "\(directory)/run"
      try VirtualHosts.with(2) { hosts in
        #expect(try hosts.run(["sysctl", "-qw", "net.ipv4.tcp_retries2=5"]).exitCode == 0)
        let training = [
          "train", "--preset", "fashion-mnist", "--data", dataset, "--run", run, "--epochs", "1000", "--log-steps", "1",
          "--stall-timeout", "5",
        ]
        let outcome = try hosts.run(try hosts.command(ranksPerHost: 1) + training) { job in
          try job.wait { (try? RunFiles.stepLosses(run))?.isEmpty == false }
          try hosts.cut()
        }
        #expect(outcome.exitCode == 1, "\(outcome)")
        #expect(outcome.stderr.contains("rank 1 (\(hosts.last)) has not answered for 5 s"), "\(outcome)")
      }
    }
  }
}
