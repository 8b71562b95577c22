import Foundation
import TestSupport
import Testing

/// When the Slurm scripts go back into the queue.
struct BatchScriptTests {
  private static let requeue = "scontrol requeue 7\n"

  @Test("A stopped training is requeued, a finished one is not", arguments: [(0, false), (75, true)])
  func statuses(status: Int32, isRequeued: Bool) throws {
    try expect("save 1; exit \(status)", status: status, isRequeued: isRequeued)
  }

  @Test("A failed training is requeued as often as it may, one that never began is not; success forgets failures")
  func failures() throws {
    try StandIn.with(mpirun: "((attempt < 5)) && exit 9; exit 0") { standIn in
      let nowhere = "\(standIn.directory)/nowhere"
      for (run, isRequeued) in [(standIn.run, true), (standIn.run, true), (standIn.run, false), (nowhere, false)] {
        let outcome = try train(standIn, ["RUN": run, "RETRIES": "2"])
        #expect(outcome.exitCode == 9 && outcome.stdout.contains(Self.requeue) == isRequeued, "\(outcome)")
      }
      #expect(FileManager.default.fileExists(atPath: "\(standIn.run)/failures"))
      #expect(try train(standIn).exitCode == 0)
      #expect(!FileManager.default.fileExists(atPath: "\(standIn.run)/failures"))
    }
  }

  @Test("A warning is passed on as SIGUSR1, waited for, and leads back into the queue")
  func warned() throws {
    let wait = "kill -USR1 $PPID; while true; do sleep 0.1; done"
    try expect("trap 'sleep 0.3; save 1; exit 75' USR1; \(wait)", status: 75, isRequeued: true)
    // One that finished meanwhile.
    try expect("trap 'exit 0' USR1; \(wait)", status: 0, isRequeued: false)
  }

  /// A time limit shorter than the start takes, or than a step: the ranks do not listen yet, or save nothing new.
  @Test("A warning is no progress: without a new checkpoint a session counts as failed", arguments: [false, true])
  func withoutProgress(listens: Bool) throws {
    let listen = listens ? "trap 'exit 75' USR1; " : ""
    try StandIn.with(mpirun: "save 1; \(listen)kill -USR1 $PPID; while true; do sleep 0.1; done") { standIn in
      for isRequeued in [true, true, false] {
        let outcome = try train(standIn, ["RETRIES": "1"])
        #expect(outcome.exitCode == (listens ? 75 : 138), "\(outcome)")
        #expect(outcome.stdout.contains(Self.requeue) == isRequeued, "the first saved something: \(outcome)")
      }
    }
  }

  @Test("A failure with a new checkpoint forgets the failures before")
  func progress() throws {
    try StandIn.with(mpirun: "((attempt != 2)) || save 1; exit 9") { standIn in
      for isRequeued in [true, true, true, false] {
        let outcome = try train(standIn, ["RETRIES": "1"])
        #expect(outcome.stdout.contains(Self.requeue) == isRequeued, "\(outcome)")
      }
    }
  }

  @Test("A cancelled training, or one with a file STOP, is not requeued")
  func stoppedForGood() throws {
    try expect(
      "trap 'save 1; exit 75' USR1; kill -TERM $PPID; while true; do sleep 0.1; done", status: 75, isRequeued: false)
    try expect("save 1; touch $run/STOP; exit 75", status: 75, isRequeued: false)
  }

  @Test("SIGTERM after the warning is the time limit, unless Slurm says that the job was cancelled")
  func limitWhileSaving() throws {
    let saves = """
      trap 'kill -TERM $PPID; sleep 0.3; save 1; exit 75' USR1
      kill -USR1 $PPID; while true; do sleep 0.1; done
      """
    try expect(saves, status: 75, isRequeued: true)
    let cancelled = "[[ $1 != show ]] || echo '   JobState=CANCELLED Reason=None'; echo scontrol $*"
    try expect(saves, scontrol: cancelled, status: 75, isRequeued: false)
  }

  @Test("A warning between the start of the launcher and its process number is not lost")
  func warnedAtStart() throws {
    try StandIn.with(mpirun: "trap 'save 1; exit 75' USR1; while true; do sleep 0.1; done") { standIn in
      let outcome = try train(standIn, try standIn.signalAtStart("USR1"), timeout: .seconds(20))
      #expect(outcome.exitCode == 75, "\(outcome)")
    }
  }

  @Test("A task of an array requeues itself, not the array")
  func arrayTask() throws {
    try StandIn.with(mpirun: "save 1; exit 75") { standIn in
      let outcome = try train(standIn, ["SLURM_ARRAY_JOB_ID": "7", "SLURM_ARRAY_TASK_ID": "3"])
      #expect(outcome.stdout.contains("scontrol requeue 7_3\n"), "\(outcome)")
    }
  }

  @Test("A refused requeue is tried again, and then said, with a status of its own")
  func refusedRequeue() throws {
    let counting = "echo try >>$(dirname $0)/tries; (($(wc -l <$(dirname $0)/tries) >= 3))"
    for (scontrol, status) in [(counting, Int32(75)), ("exit 1", 69)] {
      try StandIn.with(mpirun: "save 1; exit 75", scontrol: scontrol) { standIn in
        let outcome = try train(standIn, ["REQUEUE_PAUSE": "0"])
        #expect(outcome.exitCode == status, "\(outcome)")
        #expect(outcome.stderr.contains("job 7") == (status == 69), "\(outcome)")
      }
    }
  }

  @Test("A file STOP that came while the job waited in the queue keeps it from going on")
  func stoppedInQueue() throws {
    try StandIn.with(mpirun: "exit 0") { standIn in
      #expect(FileManager.default.createFile(atPath: "\(standIn.run)/STOP", contents: nil))
      let outcome = try train(standIn, ["SLURM_RESTART_COUNT": "1"])
      #expect(outcome.exitCode == 75 && outcome.stdout.contains("STOP"), "\(outcome)")
      #expect((try? standIn.attempts()) == nil)
    }
  }

  @Test("A run does not begin anew where its storage is missing, at the first start or at a later one")
  func missingStorage() throws {
    try StandIn.with(mpirun: "exit 0") { standIn in
      let later = try train(standIn, ["RUN": "\(standIn.directory)/lost", "SLURM_RESTART_COUNT": "1"])
      #expect(later.exitCode == 1 && later.stderr.contains("is its file system mounted?"), "\(later)")
      let first = try train(standIn, ["RUN": "\(standIn.directory)/not/mounted"])
      #expect(first.exitCode == 1 && first.stderr.contains("make the directory above"), "\(first)")
      #expect(try FileManager.default.contentsOfDirectory(atPath: standIn.directory).allSatisfy { $0 != "lost" })
      #expect((try? standIn.attempts()) == nil)
    }
  }

  @Test("An evaluation goes back into the queue while its kept results grow")
  func evaluation() throws {
    let mpirun = "((attempt < 3)) && echo $attempt >>$run/.evaluation.part; exit 75"
    try StandIn.with(mpirun: mpirun) { standIn in
      let environment = ["TRAIN": ClusterScript.path("cluster/train.sbatch"), "RETRIES": "1"]
      for isRequeued in [true, true, true, false] {
        let outcome = try train(standIn, environment, script: "cluster/evaluate.sbatch")
        #expect(outcome.exitCode == 75 && outcome.stdout.contains(Self.requeue) == isRequeued, "\(outcome)")
      }
      #expect(!FileManager.default.fileExists(atPath: "\(standIn.run)/failures"), "that file is the training's")
    }
  }

  private func train(
    _ standIn: StandIn, _ environment: [String: String] = [:], script: String = "cluster/train.sbatch",
    timeout: Duration = .seconds(60)
  ) throws -> Outcome {
    try standIn.run(
      script,
      environment: ["SLURM_JOB_ID": "7", "RUN": standIn.run, "DATA": "data.h5"].merging(environment) { $1 },
      timeout: timeout)
  }

  private func expect(
    _ mpirun: String, scontrol: String = "echo scontrol $*", status: Int32, isRequeued: Bool,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    try StandIn.with(mpirun: mpirun, scontrol: scontrol) { standIn in
      let outcome = try train(standIn)
      #expect(outcome.exitCode == status, "\(outcome)", sourceLocation: sourceLocation)
      #expect(outcome.stdout.contains(Self.requeue) == isRequeued, "\(outcome)", sourceLocation: sourceLocation)
    }
  }
}
