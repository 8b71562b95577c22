import Foundation
import TestSupport
import Testing

/// What the Slurm scripts start, and when they go back into the queue.
struct BatchScriptTests {
  private static let requeue = "scontrol requeue 7"

  @Test("A stopped training is requeued, a finished one is not", arguments: [(0, false), (75, true)])
  func statuses(status: Int32, isRequeued: Bool) throws {
    try expect("exit \(status)", status: status, isRequeued: isRequeued)
  }

  @Test("A failed training is requeued as often as it may, one that never began is not")
  func failures() throws {
    try StandIn.with(mpirun: "exit 9") { standIn in
      for (run, isRequeued) in [(standIn.run, true), (standIn.run, true), (standIn.run, false), ("nowhere", false)] {
        let outcome = try standIn.run(
          "cluster/train.sbatch", environment: ["SLURM_JOB_ID": "7", "RUN": run, "DATA": "data.h5", "RETRIES": "2"])
        #expect(outcome.exitCode == 9 && outcome.stdout.contains(Self.requeue) == isRequeued, "\(outcome)")
      }
    }
  }

  @Test("A warning is passed on as SIGUSR1, waited for, and leads back into the queue")
  func warned() throws {
    let wait = "kill -USR1 $PPID; while true; do sleep 0.1; done"
    try expect("trap 'sleep 0.3; exit 75' USR1; \(wait)", status: 75, isRequeued: true)
    // Ranks that do not listen yet.
    try expect(wait, status: 138, isRequeued: true)
    // One that finished meanwhile.
    try expect("trap 'exit 0' USR1; \(wait)", status: 0, isRequeued: false)
  }

  @Test("A cancelled training, or one with a file STOP, is not requeued")
  func stoppedForGood() throws {
    try expect(
      "trap 'exit 75' USR1; kill -TERM $PPID; while true; do sleep 0.1; done", status: 75, isRequeued: false)
    try expect("touch $run/STOP; exit 75", status: 75, isRequeued: false)
  }

  @Test("A file STOP that came while the job waited in the queue keeps it from going on")
  func stoppedInQueue() throws {
    try StandIn.with(mpirun: "exit 0") { standIn in
      #expect(FileManager.default.createFile(atPath: "\(standIn.run)/STOP", contents: nil))
      let environment = ["SLURM_JOB_ID": "7", "SLURM_RESTART_COUNT": "1", "RUN": standIn.run, "DATA": "data.h5"]
      let outcome = try standIn.run("cluster/train.sbatch", environment: environment)
      #expect(outcome.exitCode == 75 && outcome.stdout.contains("STOP"), "\(outcome)")
      #expect((try? standIn.attempts()) == nil)
    }
  }

  @Test("A sweep takes its line of options and a run directory of its own")
  func sweep() throws {
    try StandIn.with(mpirun: "echo $*; exit 75") { standIn in
      let settings = "\(standIn.directory)/settings.txt"
      try "--preset mnist --seed 1\n--preset celeba --seed 2\n".write(
        toFile: settings, atomically: true, encoding: .utf8)
      let environment = [
        "TRAIN": ClusterScript.path("cluster/train.sbatch"), "SETTINGS": settings, "RUNS": "\(standIn.directory)/runs",
        "DATA": "data.h5", "SLURM_JOB_ID": "7", "SLURM_ARRAY_TASK_ID": "2",
      ]
      let outcome = try standIn.run("cluster/sweep.sbatch", environment: environment)
      #expect(outcome.exitCode == 75 && outcome.stdout.contains(Self.requeue), "\(outcome)")
      #expect(
        outcome.stdout.contains(
          "train --data data.h5 --run \(standIn.directory)/runs/2 --continue --preset celeba --seed 2\n"), "\(outcome)")
      let beyond = try standIn.run(
        "cluster/sweep.sbatch", environment: environment.merging(["SLURM_ARRAY_TASK_ID": "3"]) { $1 })
      #expect(beyond.exitCode == 1 && beyond.stderr.contains("has no line 3"), "\(beyond)")
    }
  }

  @Test("An evaluation names data, run and options")
  func evaluate() throws {
    try StandIn.with(mpirun: "echo $*") { standIn in
      let outcome = try standIn.run(
        "cluster/evaluate.sbatch", environment: ["DATA": "data.h5", "RUN": "run", "OPTIONS": "--samples 9"])
      #expect(outcome.stdout.hasSuffix("evaluate --data data.h5 --run run --samples 9\n"), "\(outcome)")
    }
  }

  private func expect(
    _ mpirun: String, status: Int32, isRequeued: Bool, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    try StandIn.with(mpirun: mpirun) { standIn in
      let outcome = try standIn.run(
        "cluster/train.sbatch", environment: ["SLURM_JOB_ID": "7", "RUN": standIn.run, "DATA": "data.h5"])
      #expect(outcome.exitCode == status, "\(outcome)", sourceLocation: sourceLocation)
      #expect(outcome.stdout.contains(Self.requeue) == isRequeued, "\(outcome)", sourceLocation: sourceLocation)
    }
  }
}
