import Communication
import Testing

struct LaunchTests {
  @Test(
    "Launchers are recognised by what they leave in the environment",
    arguments: [
      ([:], Launch.alone),
      (
        ["OMPI_COMM_WORLD_SIZE": "4", "OMPI_COMM_WORLD_RANK": "2", "PMIX_RANK": "2"],
        .ranks(declaredRank: 2, declaredSize: 4)
      ),
      (
        ["OMPI_COMM_WORLD_SIZE": "1", "OMPI_COMM_WORLD_RANK": "0", "PMIX_RANK": "0"],
        .ranks(declaredRank: 0, declaredSize: 1)
      ),
      // Left over, or set by hand.
      (["OMPI_COMM_WORLD_SIZE": "1", "OMPI_COMM_WORLD_RANK": "0"], .alone),
      (["PMI_SIZE": "3", "PMI_RANK": "1"], .ranks(declaredRank: 1, declaredSize: 3)),
      (["PMIX_RANK": "5"], .ranks(declaredRank: 5, declaredSize: nil)),
      (["PMIX_RANK": "5", "SLURM_STEP_NUM_TASKS": "8"], .ranks(declaredRank: 5, declaredSize: 8)),
      // A batch script and an interactive step are no parallel launch.
      (["SLURM_PROCID": "0", "SLURM_NTASKS": "8"], .alone),
      (["SLURM_STEP_NUM_TASKS": "1", "SLURM_PROCID": "0"], .alone),
      // The daemons of mpirun are started by srun; their children inherit its variables.
      (
        ["SLURM_STEP_NUM_TASKS": "2", "OMPI_COMM_WORLD_SIZE": "4", "OMPI_COMM_WORLD_RANK": "0", "PMIX_RANK": "0"],
        .ranks(declaredRank: 0, declaredSize: 4)
      ),
    ] as [([String: String], Launch)])
  func launch(environment: [String: String], expected: Launch) throws {
    #expect(try Launch { environment[$0] } == expected)
  }

  @Test("srun without PMI would train as many models as there are tasks")
  func slurmWithoutPMI() {
    let environment = ["SLURM_STEP_NUM_TASKS": "4", "SLURM_PROCID": "1"]
    #expect(throws: LaunchError.slurmWithoutPMI(tasks: 4)) { try Launch { environment[$0] } }
  }

  @Test("Variables of mpirun without mpirun do not blame another MPI")
  func noLauncher() {
    let environment = ["OMPI_COMM_WORLD_SIZE": "4"]
    #expect(throws: LaunchError.noLauncher(variable: "OMPI_COMM_WORLD_SIZE")) { try Launch { environment[$0] } }
  }

  @Test("Without a launcher the world is one rank that is alone on its machine")
  func worldOfOne() throws {
    let world = try World.start()
    #expect(world.collectives is SingleRank)
    #expect((world.rank, world.worldSize) == (0, 1))
    #expect((world.localRank, world.localSize) == (0, 1))
    #expect(!world.hostName.isEmpty)
  }
}
