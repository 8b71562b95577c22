import Foundation
import TestSupport
import Testing

/// What the Slurm scripts start.
struct BatchCommandTests {
  /// Prints one word a line: the launcher and what it was given.
  private static let echo = #"printf '%s\n' "${0##*/}" "$@""#

  @Test("A training names data, run and options; words in quotes stay together, and no option is a pattern of files")
  func options() throws {
    let words = try command("cluster/train.sbatch", ["OPTIONS": "--set 'a=[1, 2]' --x *.sbatch --y ./*\r"])
    let expected = ["--continue", "--set", "a=[1, 2]", "--x", "*.sbatch", "--y", "./*"]
    #expect(Array(words.prefix(3)) == ["mpirun", "--bind-to", "core"])
    #expect(Array(words[4...].prefix(5)) == ["train", "--data", "data.h5", "--run", words[8]])
    #expect(Array(words.suffix(expected.count)) == expected)
  }

  @Test("An open quote is an error, not a guess")
  func openQuote() throws {
    try StandIn.with(mpirun: "exit 0") { standIn in
      let outcome = try standIn.run(
        "cluster/train.sbatch", environment: ["RUN": standIn.run, "OPTIONS": "--set 'a=1", "SLURM_JOB_ID": "7"])
      #expect(outcome.exitCode == 1 && outcome.stderr.contains("a quote is not closed"), "\(outcome)")
      #expect((try? standIn.attempts()) == nil)
    }
  }

  @Test("A rank gets the cores of its task, and threads for them; the user's own number counts")
  func coresOfTask() throws {
    let words = try command("cluster/train.sbatch", ["SLURM_CPUS_PER_TASK": "3", "OPTIONS": "--threads 2"])
    #expect(Array(words.prefix(5)) == ["mpirun", "--map-by", "slot:PE=3", "--bind-to", "core"])
    #expect(Array(words.suffix(4)) == ["--threads", "3", "--threads", "2"])
  }

  @Test("srun, or any other launcher, starts the ranks where LAUNCH says so")
  func launcher() throws {
    let words = try command("cluster/train.sbatch", ["LAUNCH": "srun", "SLURM_CPUS_PER_TASK": "2"])
    #expect(Array(words.prefix(3)) == ["srun", "--mpi=pmix", "--kill-on-bad-exit=0"])
    #expect(words.contains("--cpus-per-task=2"))
    let other = try command("cluster/train.sbatch", ["LAUNCH": "srun --mpi=pmi2 -n 3"])
    #expect(Array(other.prefix(4)) == ["srun", "--mpi=pmi2", "-n", "3"])
  }

  @Test("A sweep takes its line of options, whoever ended it, and a run directory of its own")
  func sweep() throws {
    try StandIn.with(mpirun: "echo $*; mkdir $3/checkpoints; exit 75") { standIn in
      let settings = "\(standIn.directory)/settings.txt"
      try "--preset mnist --seed 1\r\n--preset celeba --seed 2\r\n\r\n".write(
        toFile: settings, atomically: true, encoding: .utf8)
      let environment = [
        "TRAIN": ClusterScript.path("cluster/train.sbatch"), "SETTINGS": settings, "RUNS": "\(standIn.directory)/runs",
        "DATA": "data.h5", "SLURM_JOB_ID": "7", "SLURM_ARRAY_JOB_ID": "7", "SLURM_ARRAY_TASK_ID": "2",
      ]
      let outcome = try standIn.run("cluster/sweep.sbatch", environment: environment)
      #expect(
        outcome.stdout.contains(
          "train --data data.h5 --run \(standIn.directory)/runs/2 --continue --preset celeba --seed 2\n"), "\(outcome)")
      for line in ["3", "4"] {
        let beyond = try standIn.run(
          "cluster/sweep.sbatch", environment: environment.merging(["SLURM_ARRAY_TASK_ID": line]) { $1 })
        #expect(beyond.exitCode == 1 && beyond.stderr.contains("has no line \(line)"), "\(beyond)")
      }
    }
  }

  @Test("An evaluation names data, run and options, and goes on with what was kept")
  func evaluate() throws {
    let words = try command(
      "cluster/evaluate.sbatch",
      ["OPTIONS": "--samples 9", "TRAIN": ClusterScript.path("cluster/train.sbatch")])
    #expect(Array(words[4...].prefix(4)) == ["evaluate", "--data", "data.h5", "--run"])
    #expect(Array(words.suffix(3)) == ["--continue", "--samples", "9"])
  }

  /// The words of the command that a script starts.
  private func command(_ script: String, _ environment: [String: String]) throws -> [String] {
    var words: [String] = []
    try StandIn.with(mpirun: Self.echo) { standIn in
      let outcome = try standIn.run(
        script, environment: ["SLURM_JOB_ID": "7", "RUN": standIn.run, "DATA": "data.h5"].merging(environment) { $1 })
      #expect(outcome.exitCode == 0, "\(outcome)")
      words = outcome.stdout.split(separator: "\n").map(String.init)
    }
    return words
  }
}
