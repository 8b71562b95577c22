internal import Communication
internal import Foundation

/// The process that holds a run's lock, as the lock file names it.
package struct LockOwner: Codable, Equatable, Sendable {
  package let host: String
  package let process: Int32
  /// When it took the lock, in UTC.
  package let since: String
  /// The job of a batch system that it belongs to.
  package let job: String?
  /// The kernel it runs on: `/proc/sys/kernel/random/boot_id`.
  let boot: String
  /// The namespace that its number counts in.
  let namespace: String
  /// When it started, in clock ticks since the kernel did: numbers of processes are used again.
  let start: String
  /// Tells it from every other owner.
  let identifier: String

  /// This process.
  static func current() -> LockOwner {
    let environment = ProcessInfo.processInfo.environment
    return LockOwner(
      host: ownHostName(), process: getpid(), since: Date().ISO8601Format(),
      job: environment["SLURM_JOB_ID"], boot: bootIdentifier, namespace: processNamespace,
      start: ProcessState(of: getpid())?.start ?? "", identifier: UUID().uuidString)
  }

  /// What this process can tell of the owner at once.
  enum Verdict { case alive, gone, unknown }

  var verdict: Verdict {
    guard !boot.isEmpty, boot == Self.bootIdentifier, namespace == Self.processNamespace else { return .unknown }
    // EPERM is of a process that is somebody else's.
    guard kill(process, 0) == 0 || errno == EPERM else { return .gone }
    // Not everybody may look at the processes of others.
    guard let state = ProcessState(of: process) else { return .alive }
    return state.isRunning && state.start == start ? .alive : .gone
  }

  private static var bootIdentifier: String {
    let text = FileManager.default.contents(atPath: "/proc/sys/kernel/random/boot_id") ?? Data()
    return String(decoding: text, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
  }

  private static var processNamespace: String {
    (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/ns/pid")) ?? ""
  }
}

extension LockOwner: CustomStringConvertible {
  package var description: String {
    "process \(process) on \(host)\(job.map { " (job \($0))" } ?? ""), since \(since)"
  }
}

/// What `/proc/PID/stat` says of a process.
private struct ProcessState {
  let isRunning: Bool
  /// In clock ticks since the kernel started.
  let start: String

  /// - Returns: nil when it cannot be read.
  init?(of process: Int32) {
    let text = String(decoding: FileManager.default.contents(atPath: "/proc/\(process)/stat") ?? Data(), as: UTF8.self)
    // The name in parentheses may hold anything.
    guard let end = text.lastIndex(of: ")") else { return nil }
    let fields = text[end...].dropFirst().split(separator: " ")
    guard fields.count > 19 else { return nil }
    // A zombie has ended, and only its parent has not noticed yet.
    isRunning = !["Z", "X"].contains(fields[0])
    start = String(fields[19])
  }
}
