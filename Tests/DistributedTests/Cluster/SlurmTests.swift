import Foundation
import SafeTensors
import TestSupport
import Testing

/// `cluster/train.sbatch` under Slurm.
@Suite(.serialized, .enabled(if: VirtualHosts.slurmObstacle == nil, "\(VirtualHosts.slurmObstacle ?? "")"))
struct SlurmTests {
  /// Slurm looks at limits every 30 s. The link makes training longer than that wherever it runs: 66 steps with 4 MB
  /// each way at 50 Mbit/s take at least 42 s.
  @Test("A job warned by its time limit stops, is requeued, and ends with the weights of an undisturbed run")
  func timeLimit() throws {
    try SyntheticDigits.withDataset { directory, dataset in
      let (run, undisturbed, log) = ("\(directory)/run", "\(directory)/undisturbed", "\(directory)/job.log")
      let options = ["--preset", "fashion-mnist", "--epochs", "3"]
      try VirtualHosts.with(2, slurm: true) { hosts in
        try hosts.shape("50mbit")
        let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
        let job = try hosts.run(
          [
            "env", "PATH=\(productsDirectory.path):\(path)", "DATA=\(dataset)", "RUN=\(run)",
            "OPTIONS=\(options.joined(separator: " "))", "sbatch", "--wait", "--ntasks-per-node=1", "--time=1",
            "--signal=B:USR1@45", "--output=\(log)", ClusterScript.path("cluster/train.sbatch"),
          ], timeout: .seconds(900))
        let words = try String(contentsOfFile: log, encoding: .utf8)
        #expect(job.exitCode == 0, "\(job)\n\(words)")
        #expect(words.contains("ended with status 75; back into the queue"), "\(words)")
        #expect(words.contains("trained 3 epochs"), "\(words)")

        try hosts.shape("off")
        let outcome = try hosts.mhvaeDist(
          ranksPerHost: 1, ["train", "--data", dataset, "--run", undisturbed] + options)
        #expect(outcome.exitCode == 0, "\(outcome)")
      }
      #expect(try RunFiles.epochs(run) == [1, 2, 3])
      try expectSameWeights(RunFiles.lastCheckpoint(run), RunFiles.lastCheckpoint(undisturbed))
    }
  }

  private func expectSameWeights(_ a: String, _ b: String) throws {
    let files = try [a, b].map { try SafeTensorsFile.read(path: $0, requireChecksum: true) }
    #expect(files[0].tensors.count == files[1].tensors.count && !files[0].tensors.isEmpty)
    for tensor in files[1].tensors {
      let pair = try files.map { try $0.floats(named: tensor.name).map(\.bitPattern) }
      #expect(pair[0] == pair[1], "\(tensor.name) differs")
    }
  }
}
