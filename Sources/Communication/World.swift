import Glibc
import MPIShim

/// All ranks of this run, and this rank's place among them.
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
  /// Where failing ranks agree who reports; `nil` without MPI.
  let failureLine: FailureLine?
  private let closing = Closing()

  package var rank: Int { collectives.rank }
  package var worldSize: Int { collectives.worldSize }
  /// The machine this rank runs on.
  package var hostName: String { hostNames[rank] }

  /// Joins the other ranks when a launcher (`mpirun`, `srun`) started this process, otherwise makes a world of one
  /// without initialising MPI.
  ///
  /// Programs use `run`, which also ends the world.
  package static func start() throws -> World {
    switch try Launch(environmentValue) {
    case .alone: alone()
    case .ranks(_, let declaredSize): try joined(declaredSize: declaredSize)
    }
  }

  /// Ends every rank at once with `status`. What was printed so far is flushed first.
  package static func abort(status: Int32) -> Never {
    fflush(nil)
    // An abort that hangs would be the one failure nobody reports.
    alarm(10)
    mpishim_abort(status)
  }

  /// Puts off what this rank can do alone, however long it takes, until all ranks have done their work and MPI has
  /// ended: nobody waits for it then, and it cannot fail the job. Its memory is its own: `run`'s body has returned.
  package func afterwards(_ work: @escaping () -> Void) { closing.work = work }

  func close() { closing.work?() }

  /// Ends MPI, if it runs. Collective: returns when all ranks have come so far.
  func finish() throws {
    fflush(nil)
    try collectives.barrier()
    collectives.watch.beginUnpolled("MPI_Finalize")
    defer { collectives.watch.endUnpolled() }
    try check("MPI_Finalize", mpishim_finalize())
  }

  private static func alone() -> World {
    World(collectives: SingleRank(), hostNames: [ownHostName()], localRank: 0, localSize: 1, failureLine: nil)
  }

  private static func joined(declaredSize: Int?) throws -> World {
    try check("MPI_Init_thread", mpishim_init())
    let handle = try CommunicatorHandle.world()
    let (rank, worldSize) = (try handle.rank(), try handle.size())
    if let declaredSize, declaredSize != worldSize {
      throw LaunchError.sizesDiffer(declared: declaredSize, found: worldSize)
    }
    let node = try handle.node()
    let (localRank, localSize) = (try node.rank(), try node.size())
    let line = FailureLine(handle, rank: rank, worldSize: worldSize)
    let collectives = try MPICommunicator(watch: StallWatch(line))
    return World(
      collectives: collectives, hostNames: try collectives.allGather(text: try processorName()), localRank: localRank,
      localSize: localSize, failureLine: line)
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

/// What is left to do when MPI has ended.
private final class Closing {
  var work: (() -> Void)?
}
