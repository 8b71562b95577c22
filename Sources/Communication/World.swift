import Glibc
import MPIShim

/// All ranks of this job, and this rank's number among them.
///
/// Only the thread that called `World.start()` or `World.run` may use it: MPI is started with
/// `MPI_THREAD_FUNNELED`. The type is not `Sendable`, so the compiler refuses a closure that would carry it away.
package struct World {
  package let collectives: any Collectives
  /// The machine of every rank, as MPI names it.
  package let hostNames: [String]
  /// This rank among those of the same machine, `0 ..< localSize`.
  package let localRank: Int
  /// The number of ranks on this machine.
  package let localSize: Int
  /// Where failing ranks elect the one that reports; `nil` without MPI.
  let errorChannel: ErrorChannel?
  private let exitHook = Hook()
  private let failureHook = Hook()

  package var rank: Int { collectives.rank }
  package var worldSize: Int { collectives.worldSize }
  /// The number of machines.
  package var hostCount: Int { Set(hostNames).count }
  /// The machine this rank runs on.
  package var hostName: String { hostNames[rank] }

  /// Joins the other ranks when a launcher (`mpirun`, `srun`) started this process, otherwise makes a world of one
  /// without initialising MPI.
  ///
  /// Programs use `run`, which also ends the world.
  /// - Parameters:
  ///   - name: the program, as the message names it when ranks do not find each other in time.
  ///   - needsOneRank: whether no other rank takes part in what follows. Then only Open MPI's `mpirun` makes a world of
  ///     several ranks: in a shell of `srun`, or with variables of some launcher in the environment, this one is alone.
  package static func start(name: String = "", needsOneRank: Bool = false) throws -> World {
    if needsOneRank, !Launch.isByMPIRun(environmentValue) { return alone() }
    switch try Launch(environmentValue) {
    case .alone: return alone()
    case .ranks(let rank, let size):
      try StartGuard.claimProcess(environmentValue)
      let bound = StartGuard(name: name, rank: rank ?? 0, environmentValue)
      bound.begin()
      defer { bound.end() }
      return try joined(declaredSize: size)
    }
  }

  /// Ends every rank at once with `status`. What was printed so far is flushed first.
  package static func abort(status: Int32) -> Never {
    // An abort that hangs would be the one failure nobody reports; so would a flush into a pipe that nobody reads.
    signal(SIGALRM, SIG_DFL)
    alarm(10)
    fflush(nil)
    mpishim_abort(status)
  }

  /// Registers work that this rank does alone, however long it takes, after all ranks have finished and MPI has been
  /// finalised: no rank waits for it, and it cannot fail the job. `run`'s body has returned by then.
  package func afterFinalize(_ work: @escaping () -> Void) { exitHook.work = work }

  func runExitHook() { exitHook.work?() }

  /// Registers work that this rank does when it ends a failing job, after its message and before the other ranks are
  /// ended: they wait, but no longer than `rescueSeconds`.
  package func beforeAbort(_ work: @escaping () -> Void) { failureHook.work = work }

  func runFailureHook() { failureHook.work?() }

  /// How long work before an abort may take.
  package static let rescueSeconds = 50.0

  /// Ends MPI, if it runs. Collective: returns when all ranks have called it.
  func finish() throws {
    fflush(nil)
    try collectives.barrier()
    collectives.watchdog.beginUnpolled("MPI_Finalize")
    defer { collectives.watchdog.endUnpolled() }
    try check("MPI_Finalize", mpishim_finalize())
  }

  private static func alone() -> World {
    World(collectives: SingleRank(), hostNames: [ownHostName()], localRank: 0, localSize: 1, errorChannel: nil)
  }

  private static func joined(declaredSize: Int?) throws -> World {
    try check("MPI_Init_thread", mpishim_init())
    let handle = try CommunicatorHandle.world()
    let (rank, worldSize) = (try handle.rank(), try handle.size())
    if let declaredSize, declaredSize != worldSize {
      throw LaunchError.sizesDiffer(declared: declaredSize, found: worldSize)
    }
    let node = try handle.node()
    let channel = ErrorChannel(handle, rank: rank, worldSize: worldSize)
    let watchdog = Watchdog(channel)
    let collectives = try MPICommunicator(watchdog: watchdog)
    let neighbours = try MPICommunicator(node, watchdog: watchdog)
    try collectives.gatherInTwoLevels(CommunicatorHandle.world(), node: neighbours)
    watchdog.isOversubscribed = neighbours.worldSize > (try usableProcessorCount(neighbours))
    return World(
      collectives: collectives, hostNames: try collectives.allGather(text: try processorName()),
      localRank: neighbours.rank, localSize: neighbours.worldSize, errorChannel: channel)
  }

  /// The machine's name as MPI knows it (`MPI_Get_processor_name`).
  private static func processorName() throws(MPIError) -> String {
    var code: Int32 = 0
    let name = textFromShim { code = mpishim_host_name($0) }
    try check("MPI_Get_processor_name", code)
    return name
  }
}

/// The name of the machine this process runs on.
package func ownHostName() -> String { textFromShim { _ = gethostname($0, Int(MPISHIM_TEXT_CAPACITY) - 1) } }

/// The value of an environment variable of this process.
func environmentValue(_ name: String) -> String? {
  getenv(name).map { String(cString: $0) }
}

/// Work to be done at the end.
private final class Hook {
  var work: (() -> Void)?
}
