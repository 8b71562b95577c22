import Communication
import Foundation
import Runs

/// A run directory that a session has to itself.
struct Claim {
  let directory: RunDirectory
  let lock: RunLock
  /// Whether the session has created the directory.
  let isNew: Bool

  /// Gives the directory up, and removes it if nothing came of it.
  func release() {
    lock.release()
    if isNew { directory.removeIfEmpty() }
  }
}

extension TrainCommand {
  /// Takes a run directory for this session, on rank 0.
  /// - Throws: `RunError` when another session has it, or the run that is to be continued is not there.
  func claim(_ directory: RunDirectory) throws -> Claim {
    if session.resume || session.continues && isRestart { _ = try directory.readConfiguration() }
    // A run that is always started by the same command must not begin anew where its file system is missing.
    let isNew = try directory.create(withParents: !session.mayResume || !directory.path.hasPrefix("/"))
    do {
      return Claim(directory: directory, lock: try RunLock.acquire(directory), isNew: isNew)
    } catch {
      if isNew { directory.removeIfEmpty() }
      throw error
    }
  }

  /// Whether a batch system has started this job before.
  private var isRestart: Bool {
    (ProcessInfo.processInfo.environment["SLURM_RESTART_COUNT"].flatMap { Int($0) } ?? 0) > 0
  }
}
