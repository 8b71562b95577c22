import Foundation
import SafeTensors
import TestSupport
import Testing

/// The Slurm scripts under Slurm.
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
        let job = try hosts.run(
          environment(["DATA=\(dataset)", "RUN=\(run)"]) + [
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

  /// The batch shell alone is signalled, as by a time limit.
  @Test("srun starts the ranks, passes the warning on, and starts them again after the requeue")
  func srun() throws {
    try SyntheticDigits.withDataset { directory, dataset in
      let (run, log) = ("\(directory)/run", "\(directory)/job.log")
      try VirtualHosts.with(2, slurm: true) { hosts in
        try hosts.shape("100mbit")
        let job = try hosts.run(
          environment(["DATA=\(dataset)", "RUN=\(run)", "LAUNCH=srun"]) + [
            "OPTIONS=--preset fashion-mnist --epochs 2 --log-steps 1", "sbatch", "--wait", "--ntasks-per-node=1",
            "--output=\(log)", ClusterScript.path("cluster/train.sbatch"),
          ], timeout: .seconds(300)
        ) { job in
          try job.wait { RunFiles.lastStep(run) > 2 }
          #expect(try hosts.run(["scancel", "--batch", "--signal=USR1", "1"]).exitCode == 0)
        }
        let words = try String(contentsOfFile: log, encoding: .utf8)
        #expect(job.exitCode == 0, "\(job)\n\(words)")
        #expect(words.components(separatedBy: "2 ranks on 2 hosts").count == 3, "\(words)")
        #expect(words.contains("ended with status 75; back into the queue"), "\(words)")
        #expect(words.contains("trained 2 epochs"), "\(words)")
        let refused = try hosts.run(
          environment([]) + [
            "srun", "--mpi=pmi2", "--nodes=2", "--ntasks-per-node=1", product("mhvae-dist"), "doctor", "--preset",
            "mnist",
          ])
        #expect(refused.exitCode != 0 && refused.stderr.contains("srun started the ranks by PMI-2"), "\(refused)")
      }
      #expect(try RunFiles.epochs(run) == [1, 2])
    }
  }

  /// The last task has the number of the whole array.
  @Test("A task of an array that goes back into the queue leaves the other tasks alone")
  func array() throws {
    try temporaryDirectory { directory in
      let launcher = directory.appending(path: "launcher.sh").path
      try """
      echo "task $SLURM_ARRAY_TASK_ID" >>\(directory.path)/starts
      mkdir -p $RUN/checkpoints && touch $RUN/checkpoints/epoch-0000${SLURM_RESTART_COUNT:-0}.safetensors
      if [[ $SLURM_ARRAY_TASK_ID == 1 ]]; then sleep 15; exit 0; fi
      [[ ${SLURM_RESTART_COUNT:-0} != 0 ]] || exit 75
      """.write(toFile: launcher, atomically: true, encoding: .utf8)
      let settings = directory.appending(path: "settings").path
      try "--seed 1\n--seed 2\n".write(toFile: settings, atomically: true, encoding: .utf8)
      try VirtualHosts.with(2, slurm: true) { hosts in
        let job = try hosts.run(
          environment(["RUNS=\(directory.path)/runs", "SETTINGS=\(settings)", "LAUNCH=bash \(launcher)"]) + [
            "TRAIN=\(ClusterScript.path("cluster/train.sbatch"))", "sbatch", "--wait", "--array=1-2",
            "--ntasks-per-node=1", "--output=\(directory.path)/%a.log", ClusterScript.path("cluster/sweep.sbatch"),
          ])
        #expect(job.exitCode == 0, "\(job)")
      }
      let starts = try String(contentsOfFile: directory.appending(path: "starts").path, encoding: .utf8)
      #expect(starts.split(separator: "\n").sorted() == ["task 1", "task 2", "task 2"])
    }
  }

  /// What hands variables to a job, with this package's programs on the path.
  private func environment(_ variables: [String]) -> [String] {
    let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
    return ["env", "PATH=\(productsDirectory.path):\(path)"] + variables
  }

  private func expectSameWeights(_ a: String, _ b: String) throws {
    let files = try [a, b].map { try SafeTensorsFile.read(path: $0, requireChecksum: true) }
    #expect(files[0].tensors.count == files[1].tensors.count && !files[0].tensors.isEmpty)
    for tensor in files[1].tensors {
      let pair = try files.map { try $0.floats(named: tensor.name).map(\.bitPattern) }
      // Thousands of numbers say nothing.
      let isSame = pair[0] == pair[1]
      #expect(isSame, "\(tensor.name) differs")
    }
  }
}
