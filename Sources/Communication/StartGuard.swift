import Glibc
import MPIShim

/// Bounds the time in which the ranks of a job find each other. Nothing of it can be polled: `MPI_Init` waits for all
/// ranks, whatever keeps them away. So an alarm ends this process, and with it the job.
struct StartGuard {
  /// 0 for no bound.
  let seconds: Int
  let message: String
  /// What is said before MPI starts: if it ends the process there, nothing can be said any more.
  private let note: String?

  private static let defaultSeconds = 300
  /// By how much rank 0 comes before the others, which its end stops before they say the same.
  private static let headStart = 5

  /// - Parameters:
  ///   - name: the program, as the message names it.
  ///   - rank: as the launcher counts.
  init(name: String, rank: Int, _ environment: (String) -> String?) {
    let bound = environment("MHVAE_START_TIMEOUT").flatMap { Int($0) } ?? Self.defaultSeconds
    seconds = bound > 0 ? bound + (rank == 0 ? 0 : Self.headStart) : 0
    let programs = environment("OMPI_NUM_APP_CTX").flatMap { Int($0) } ?? 1
    let cause =
      programs > 1
      ? "mpirun started \(programs) programs side by side, and each must be \(name)"
      : "see whether all hosts answer, and by which network (mhvae-dist doctor on each); MHVAE_START_TIMEOUT sets the "
        + "seconds"
    let usesPMI2 = environment("PMI_SIZE") != nil && environment("SLURM_STEP_ID") != nil
    note =
      usesPMI2 && rank == 0
      ? "\(name): srun started the ranks by PMI-2, which many builds of Open MPI lack: if MPI does not start, use "
        + "srun --mpi=pmix, or mpirun inside the allocation\n" : nil
    message = "\(name): error: the ranks have not found each other in \(bound) s: \(cause)\n"
  }

  func begin() {
    if let note { _ = write(STDERR_FILENO, note, note.utf8.count) }
    if seconds > 0 { mpishim_guard(Int32(clamping: seconds), message) }
  }

  func end() { if seconds > 0 { mpishim_unguard() } }

  /// Notes that this process of `mpirun` starts MPI: Open MPI 4 cannot do so twice and says nothing of use. The note
  /// lies in the directory of the session, which `mpirun` removes.
  /// - Throws: `LaunchError.secondProgram` if an earlier program noted it.
  static func claimProcess(_ environment: (String) -> String?) throws(LaunchError) {
    guard let directory = environment("OMPI_MCA_orte_jobfam_session_dir"), let process = environment("PMIX_ID") else {
      return
    }
    let note = open("\(directory)/mhvae-dist.\(process)", O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0o600)
    if note >= 0 {
      close(note)
    } else if errno == EEXIST {
      throw .secondProgram
    }
  }
}
