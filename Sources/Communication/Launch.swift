/// How this process was started, read from the environment before MPI is touched.
package enum Launch: Equatable {
  /// By hand: no launcher, no MPI.
  case alone
  /// As one of several ranks by `mpirun` or `srun`. The launcher's own count and rank, where it provides them.
  case ranks(declaredRank: Int?, declaredSize: Int?)

  /// Whether Open MPI's `mpirun` started this process. Its own variables alone may be left over, or set by hand.
  static func isByMPIRun(_ environment: (String) -> String?) -> Bool {
    environment("OMPI_COMM_WORLD_SIZE") != nil && environment("PMIX_RANK") != nil
  }

  /// Looks for what launchers leave in the environment: Open MPI, PMI (MPICH, `srun --mpi=pmi2`), PMIx.
  package init(_ environment: (String) -> String?) throws(LaunchError) {
    func number(_ name: String) -> Int? { environment(name).flatMap { Int($0) } }
    if let size = number("OMPI_COMM_WORLD_SIZE"), Self.isByMPIRun(environment) {
      self = .ranks(declaredRank: number("OMPI_COMM_WORLD_RANK"), declaredSize: size)
    } else if let size = number("PMI_SIZE") {
      self = .ranks(declaredRank: number("PMI_RANK"), declaredSize: size)
    } else if let rank = number("PMIX_RANK") {
      self = .ranks(declaredRank: rank, declaredSize: number("SLURM_STEP_NUM_TASKS"))
    } else if let tasks = number("SLURM_STEP_NUM_TASKS"), tasks > 1 {
      throw .slurmWithoutPMI(tasks: tasks)
    } else if let size = number("OMPI_COMM_WORLD_SIZE"), size > 1 {
      throw .noLauncher(variable: "OMPI_COMM_WORLD_SIZE")
    } else {
      self = .alone
    }
  }
}

/// A launch in which the ranks would not find each other, and each would train by itself.
package enum LaunchError: Error, Equatable, CustomStringConvertible {
  /// `srun` started several tasks, but none of the interfaces MPI could use.
  case slurmWithoutPMI(tasks: Int)
  /// The launcher and MPI count differently.
  case sizesDiffer(declared: Int, found: Int)
  /// A variable of a launcher is set, but that launcher is not there.
  case noLauncher(variable: String)
  /// A process of `mpirun` runs a second program of MPI after the first.
  case secondProgram

  package var description: String {
    switch self {
    case .slurmWithoutPMI(let tasks):
      "srun started \(tasks) tasks without PMI, so MPI cannot connect them: use mpirun inside the allocation, or srun --mpi=pmix"
    case .sizesDiffer(let declared, let found):
      "the launcher started \(declared) ranks but MPI sees \(found): the launcher belongs to another MPI than the one this program was built with, or its variables were left in the environment"
    case .noLauncher(let variable):
      "\(variable) is set, but no mpirun started this process: unset it, or start the ranks by mpirun -np N"
    case .secondProgram:
      "this process of mpirun has run a program of MPI already, and MPI starts only once: give every program an mpirun of its own"
    }
  }
}
