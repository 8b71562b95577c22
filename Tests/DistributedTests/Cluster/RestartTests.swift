import TestSupport
import Testing

/// When `cluster/run-with-restarts.sh` starts a training again.
struct RestartTests {
  @Test("A stopped training goes on at once and is not counted")
  func stopped() throws {
    try expect("((attempt < 4)) && exit 75; exit 0", restarts: 0, status: 0, attempts: 4)
  }

  @Test("A failed training starts again as often as it may, and its status is passed on")
  func failed() throws {
    try expect("((attempt < 3)) && exit 9; exit 0", restarts: 2, status: 0, attempts: 3)
    try expect("exit 9", restarts: 2, status: 9, attempts: 3)
  }

  @Test("A file STOP in the run directory ends a training, stopped or failed", arguments: [75, 9])
  func stopFile(status: Int32) throws {
    try expect("touch $run/STOP; exit \(status)", restarts: 3, status: status, attempts: 1)
  }

  /// The script is the parent of what it started.
  @Test(
    "A signal reaches the training as SIGUSR1, is waited for, and ends both", arguments: ["TERM", "USR1", "INT", "HUP"])
  func signalled(signal: String) throws {
    try expect(
      "trap 'sleep 0.3; exit 75' USR1; kill -\(signal) $PPID; while true; do sleep 0.1; done",
      restarts: 3, status: 75, attempts: 1)
  }

  /// `mpirun` listens to SIGINT, and so does this stand-in, which a shell's job in the background would not.
  @Test("Ctrl-C at a terminal, which goes to a whole process group, reaches the script alone")
  func interruptedGroup() throws {
    try expect(
      """
      exec env --default-signal=INT bash -c '
        trap "exit 9" INT; trap "sleep 0.3; exit 75" USR1
        kill -INT -- -$(cut -d " " -f 5 /proc/$PPID/stat); while true; do sleep 0.1; done'
      """, restarts: 0, status: 75, attempts: 1)
  }

  @Test("A signal between the start of the training and its process number is not lost")
  func signalledAtStart() throws {
    try StandIn.with(mpirun: "trap 'exit 75' USR1; while true; do sleep 0.1; done") { standIn in
      let outcome = try standIn.run(
        "cluster/run-with-restarts.sh",
        ["--max-restarts", "0", "--", "mpirun", "mhvae-dist", "train", "--run", standIn.run, "--continue"],
        environment: try standIn.signalAtStart("TERM"), timeout: .seconds(20))
      #expect(outcome.exitCode == 75, "\(outcome)")
    }
  }

  @Test("A second signal does not wait for a checkpoint")
  func signalledTwice() throws {
    try expect(
      "trap 'kill -TERM $PPID' USR1; trap 'exit 3' TERM; kill -TERM $PPID; while true; do sleep 0.1; done",
      restarts: 3, status: 3, attempts: 1)
  }

  @Test("A signal ends the pause before a restart")
  func signalledInPause() throws {
    try expect("(sleep 0.5; kill -TERM $PPID) & exit 9", restarts: 3, pause: 50, status: 9, attempts: 1)
  }

  @Test("The run directory may be given as --run=DIR, and numbers may begin with zeros")
  func spellings() throws {
    try StandIn.with(mpirun: "touch $run/STOP; exit 9") { standIn in
      let outcome = try standIn.run(
        "cluster/run-with-restarts.sh",
        ["--pause", "08", "--max-restarts", "09", "--", "mpirun", "mhvae-dist", "train", "--run=\(standIn.run)"]
          + ["--continue"])
      #expect(outcome.exitCode == 9 && outcome.stderr.isEmpty, "\(outcome)")
    }
  }

  @Test("A run whose directory is gone does not begin anew")
  func lostDirectory() throws {
    try StandIn.with(mpirun: "((attempt == 1)) || rm -r $run; exit 75") { standIn in
      let outcome = try standIn.run(
        "cluster/run-with-restarts.sh",
        ["--", "mpirun", "mhvae-dist", "train", "--run", standIn.run, "--continue"], timeout: .seconds(20))
      #expect(outcome.exitCode == 2 && outcome.stderr.contains("is its file system mounted?"), "\(outcome)")
      #expect(try standIn.attempts() == 2)
    }
  }

  @Test("Without --continue, or without a run directory, nothing is started")
  func misuse() throws {
    try StandIn.with(mpirun: "exit 0") { standIn in
      for (options, word) in [(["--run", standIn.run], "--continue"), (["--continue"], "--run")] {
        let outcome = try standIn.run(
          "cluster/run-with-restarts.sh", ["--", "mpirun", "mhvae-dist", "train"] + options)
        #expect(outcome.exitCode == 2 && outcome.stderr.contains(word), "\(outcome)")
        #expect((try? standIn.attempts()) == nil)
      }
    }
  }

  private func expect(
    _ mpirun: String, restarts: Int, pause: Int = 0, status: Int32, attempts: Int,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    try StandIn.with(mpirun: mpirun) { standIn in
      let outcome = try standIn.run(
        "cluster/run-with-restarts.sh",
        ["--max-restarts", "\(restarts)", "--pause", "\(pause)", "--"]
          + ["mpirun", "mhvae-dist", "train", "--run", standIn.run, "--continue"])
      #expect(outcome.exitCode == status, "\(outcome)", sourceLocation: sourceLocation)
      #expect(try standIn.attempts() == attempts, "\(outcome)", sourceLocation: sourceLocation)
    }
  }
}
