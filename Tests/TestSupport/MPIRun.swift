import Foundation
import Synchronization

private let oneJobAtATime = Mutex(())

/// Calls `body` while this process runs no other job: tests of one process may run side by side, and jobs that share
/// the cores would only wait for each other. `body` must not call `mpirun`, which takes a turn itself.
package func takingTurns<Result>(_ body: () throws -> Result) rethrows -> Result {
  try oneJobAtATime.withLock { _ in try body() }
}

/// Runs a program on several ranks of this machine (`mpirun -np`), as `run` does. Jobs of one process take turns.
/// - Parameters:
///   - executable: a path, or the name of a product of this package.
///   - environment: for `mpirun` and, as its ranks inherit it here, for the program.
@discardableResult
package func mpirun(
  ranks: Int, _ executable: String, _ arguments: [String] = [], environment: [String: String] = [:],
  timeout: Duration = .seconds(300), meanwhile: (ChildProcess) throws -> Void = { _ in }
) throws -> Outcome {
  let program = executable.contains("/") ? executable : try product(executable)
  return try takingTurns {
    try run(
      "mpirun", ["--oversubscribe", "-np", String(ranks), program] + arguments,
      environment: mpiEnvironment.merging(environment) { $1 }, timeout: timeout, meanwhile: meanwhile)
  }
}

/// What Open MPI needs on small machines and in containers.
package var mpiEnvironment: [String: String] {
  var environment = [
    // Containers may forbid one process to read another's memory.
    "OMPI_MCA_btl_vader_single_copy_mechanism": "none",
    // Binding two jobs to the same core would serialise them.
    "OMPI_MCA_hwloc_base_binding_policy": "none",
    // What Open MPI chooses without a fast network. Looking for one takes half of a short job's time.
    "OMPI_MCA_pml": "ob1",
  ]
  if getuid() == 0 {
    environment["OMPI_ALLOW_RUN_AS_ROOT"] = "1"
    environment["OMPI_ALLOW_RUN_AS_ROOT_CONFIRM"] = "1"
  }
  return environment
}
