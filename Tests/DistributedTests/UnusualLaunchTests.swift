import Foundation
import TestSupport
import Testing

/// Starts that are not what MPI expects.
@Suite(.serialized) struct UnusualLaunchTests {
  @Test("A second program of one mpirun is told what is wrong, instead of MPI's words")
  func oneAfterAnother() throws {
    let program = try product("mhvae-dist")
    let script = "\(program) configuration >/dev/null && \(program) configuration"
    let outcome = try mpirun(ranks: 2, "/bin/bash", ["-c", script])
    #expect(outcome.exitCode == 1 && outcome.stdout.isEmpty, "\(outcome)")
    #expect(outcome.stderr.contains("mhvae-dist: error: this process of mpirun has run a program of MPI"), "\(outcome)")
    #expect(!outcome.stderr.contains("orte_init") && !outcome.stderr.contains("MPI_Init"), "\(outcome)")
  }

  @Test("Another program beside this one under one mpirun ends the job with a line that says so")
  func sideBySide() throws {
    let program = try product("mhvae-dist")
    let outcome = try takingTurns {
      try run(
        "mpirun", ["--oversubscribe", "-np", "1", program, "doctor", ":", "-np", "1", "sleep", "60"],
        environment: mpiEnvironment.merging(["MHVAE_START_TIMEOUT": "3"]) { $1 }, timeout: .seconds(40))
    }
    #expect(outcome.exitCode == 1, "\(outcome)")
    #expect(
      outcome.stderr.contains(
        "mhvae-dist: error: the ranks have not found each other in 3 s: mpirun started 2 programs side by side, and each "
          + "must be mhvae-dist\n"), "\(outcome)")
  }

  @Test("Different commands, or the same with other options, side by side are named", arguments: ["train", "evaluate"])
  func differentCommands(second: String) throws {
    let program = try product("mhvae-dist")
    func command(_ name: String, _ samples: String) -> [String] {
      ["-np", "1", program, name, "--run", "no-run", "--data", "no.h5"]
        + (name == "train" ? ["--preset", "mnist"] : ["--samples", samples])
    }
    let outcome = try takingTurns {
      try run(
        "mpirun", ["--oversubscribe"] + command("evaluate", "3") + [":"] + command(second, "4"),
        environment: mpiEnvironment, timeout: .seconds(60))
    }
    #expect(outcome.exitCode == 1, "\(outcome)")
    let name = second == "train" ? "the command" : "--samples"
    #expect(outcome.stderr.contains("error: \(name) is not the same on all ranks: "), "\(outcome)")
  }

  /// In a shell of `srun --pty`, with or without PMI, and with leftovers of launchers.
  @Test(
    "Commands for one rank work wherever they are called, and help does",
    arguments: [
      ["SLURM_STEP_NUM_TASKS": "4", "SLURM_PROCID": "0"],
      ["SLURM_STEP_NUM_TASKS": "4", "SLURM_PROCID": "0", "PMIX_RANK": "0"],
      ["SLURM_STEP_NUM_TASKS": "4", "SLURM_PROCID": "0", "PMI_RANK": "0", "PMI_SIZE": "4"],
      ["OMPI_COMM_WORLD_SIZE": "4"], ["OMPI_COMM_WORLD_SIZE": "4", "OMPI_COMM_WORLD_RANK": "2"],
    ])
  func commandsForOneRank(environment: [String: String]) throws {
    for arguments in [["configuration"], ["train", "--help"]] {
      let outcome = try run(product("mhvae-dist"), arguments, environment: environment, timeout: .seconds(30))
      #expect(outcome.exitCode == 0 && !outcome.stdout.isEmpty && outcome.stderr.isEmpty, "\(outcome)")
    }
  }

  @Test("Training does not: it says which variable is set although no mpirun is there")
  func leftoverVariables() throws {
    let training = ["train", "--preset", "mnist", "--data", "none.h5", "--run", "none"]
    let outcome = try run(product("mhvae-dist"), training, environment: ["OMPI_COMM_WORLD_SIZE": "4"])
    #expect(outcome.exitCode == 1, "\(outcome)")
    #expect(
      outcome.stderr == "mhvae-dist: error: OMPI_COMM_WORLD_SIZE is set, but no mpirun started this process: unset it, "
        + "or start the ranks by mpirun -np N\n", "\(outcome)")
  }
}
