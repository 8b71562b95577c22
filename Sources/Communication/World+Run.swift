import Glibc
import MPIShim

extension World {
  /// Runs a program on all ranks: starts the world, calls `body`, and ends the process.
  ///
  /// When `body` throws, on one rank or on all, the job prints one message on standard error and ends with status 1.
  /// Ranks that wait for the failing one in a collective are ended too; nothing waits longer than a few seconds. See
  /// `FailureReport` for which rank reports. Work registered by `afterFinalize` runs last. An `ExitRequest`, thrown by
  /// all ranks, is no failure: its status is that of the process.
  /// - Parameters:
  ///   - name: the program, as the message names it.
  ///   - needsOneRank: whether `body` needs no other rank, as `start` says.
  ///   - describe: the words for an error.
  ///   - decorate: makes of the message's lines what is written.
  package static func run(
    name: String, needsOneRank: Bool = false, describe: @escaping (any Error) -> String = { String(describing: $0) },
    decorate: @escaping (String) -> String = { $0 }, _ body: (World) throws -> Void
  ) -> Never {
    var status: Int32 = 0
    do {
      let world = try start(name: name, needsOneRank: needsOneRank)
      world.collectives.watchdog.onStall { stall in
        world.fail(name: name, Failure(host: world.hostName, stall: stall), decorate)
      }
      world.collectives.watchdog.onError { error in
        world.fail(name: name, Failure(host: world.hostName, message: describe(error)), decorate)
      }
      do {
        try body(world)
      } catch let exit as ExitRequest {
        status = exit.status
      } catch {
        world.fail(name: name, Failure(host: world.hostName, message: describe(error)), decorate)
      }
      try world.finish()
      world.runExitHook()
    } catch {
      failToStart(decorate("\(name): error: \(describe(error))\n"))
    }
    exit(status)
  }

  /// Agrees with the other failing ranks on one message, and ends all ranks.
  private func fail(name: String, _ failure: Failure, _ decorate: (String) -> String) -> Never {
    // A rank that stands down is ended from outside, whatever the program made of this signal before.
    signal(SIGTERM, SIG_DFL)
    var report = FailureReport(rank: rank, hosts: hostNames, failure: failure)
    errorChannel?.electReporter(&report)
    writeToStandardError(decorate(report.text(programName: name)))
    // What is saved may lie on a file system that does not answer.
    signal(SIGALRM, SIG_DFL)
    alarm(UInt32(Self.rescueSeconds) + 10)
    runFailureHook()
    World.abort(status: 1)
  }

  /// For errors met where ranks cannot talk to each other, before `start` has succeeded or after `finish`.
  ///
  /// The causes are the same on all ranks (a wrong launcher, MPI itself), so rank 0 of the launcher reports. The others
  /// wait a moment, because the launcher may end the job with the first rank that exits.
  private static func failToStart(_ message: String) -> Never {
    let rank = ["OMPI_COMM_WORLD_RANK", "PMI_RANK", "PMIX_RANK", "SLURM_PROCID"].lazy.compactMap(environmentValue).first
    if rank == nil || rank == "0" {
      writeToStandardError(message)
    } else {
      sleep(1)
    }
    abort(status: 1)
  }
}

/// One `write`, so that the lines of several ranks do not mix.
private func writeToStandardError(_ text: String) {
  var text = text
  text.withUTF8 { bytes in _ = write(STDERR_FILENO, bytes.baseAddress, bytes.count) }
}
