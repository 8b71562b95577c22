package import Communication
internal import Foundation
internal import Storage

/// Where the first steps of a run spend their time on every rank, in a file for chrome://tracing and Perfetto.
///
/// While steps run, phases are appended to memory taken beforehand. After the last traced step rank 0 gathers and
/// writes them, so that the file is there long before the run ends. Ranks of several hosts share no clock: each counts
/// from the moment it leaves the barrier at which tracing begins, so that times of different ranks agree to about the
/// time a barrier takes.
package final class StepTrace {
  private let path: String
  private let host: String
  private let collectives: any Collectives
  private let warn: (String) -> Void
  private let stepCount: Int
  private let record: PhaseRecord
  private var timer: StepTimer?
  private var stepsLeft: Int

  /// Steps that are traced: enough to see both the start and the steady state, few enough for a viewer. Beyond 64
  /// ranks there are fewer, for the file grows with ranks and steps.
  package static func stepCount(worldSize: Int) -> Int { max(10, min(200, 200 * 64 / worldSize)) }

  /// - Parameters:
  ///   - path: where rank 0 writes the file; one that is there is replaced.
  ///   - host: the machine of this rank.
  ///   - warn: called on rank 0 if the file cannot be written when the steps are done; training continues.
  package init(path: String, host: String, collectives: any Collectives, warn: @escaping (String) -> Void) {
    (self.path, self.host, self.collectives, self.warn) = (path, host, collectives, warn)
    stepCount = Self.stepCount(worldSize: collectives.worldSize)
    stepsLeft = stepCount
    record = PhaseRecord(steps: stepCount)
  }

  /// Traces what `timer` measures from here on. Collective.
  /// - Parameter firstStep: the number of the step that comes next.
  package func begin(_ timer: StepTimer, firstStep: UInt64) throws {
    try collectives.barrier()
    record.begin(step: Int64(firstStep))
    timer.record = record
    self.timer = timer
  }

  /// The step that came next is over. Collective when it was the last to be traced.
  package func stepEnded() throws {
    guard timer != nil else { return }
    record.stepEnded()
    stepsLeft -= 1
    if stepsLeft == 0 { try finish() }
  }

  /// Writes what was traced, unless that was done already. Collective.
  package func finish() throws {
    guard let timer else { return }
    timer.record = nil
    self.timer = nil
    let ranks = try gather()
    // The others do not wait for a file system that hangs as they would for a rank.
    _ = try collectives.onRoot { [path, warn] in
      do {
        try writeAtomically(bytes: TraceFile.bytes(of: ranks), to: path)
      } catch {
        warn("the trace is not written: \(error)")
      }
    }
  }

  /// Of all ranks on rank 0, of none on the others.
  private func gather() throws -> [TraceFile.Rank] {
    let hosts = try gather(padded: Array(host.utf8), zero: 0)
    let events = try gather(padded: record.events, zero: PhaseEvent(step: 0, phase: 0, start: 0, end: 0))
    return zip(hosts, events).map { host, events in
      // Steps count from 1; zeros fill up.
      TraceFile.Rank(
        host: String(decoding: host.filter { $0 != 0 }, as: UTF8.self), events: events.filter { $0.step > 0 })
    }
  }

  /// The elements of every rank on rank 0, filled up with zeros to the longest list.
  private func gather<Element: BitwiseCopyable>(padded list: [Element], zero: Element) throws -> [[Element]] {
    var longest = [Int64(list.count)]
    try longest.withUnsafeMutableBufferPointer { try collectives.maximum($0) }
    let count = Int(longest[0])
    let block = list + [Element](repeating: zero, count: count - list.count)
    let isRoot = collectives.rank == 0
    var blocks = [Element](repeating: zero, count: isRoot ? count * collectives.worldSize : 0)
    try block.withUnsafeBytes { block in
      try blocks.withUnsafeMutableBytes { try collectives.gather(block, into: $0, at: 0) }
    }
    return isRoot ? (0..<collectives.worldSize).map { Array(blocks[$0 * count..<($0 + 1) * count]) } : []
  }
}

/// One phase of one step, with the nanoseconds since tracing began at which it started and ended. It goes between ranks
/// as it lies in memory.
struct PhaseEvent: BitwiseCopyable {
  /// Counted from 1 since training began.
  let step: Int64
  /// `StepPhase.rawValue`.
  let phase: Int64
  let start: Int64
  let end: Int64
}

/// What a timer measured, in the order in which it ended.
final class PhaseRecord {
  private(set) var events: [PhaseEvent] = []
  private var step: Int64 = 0
  private var origin: UInt64 = 0

  /// More than any preset has: the phases of a step and one for each exchange. A model with more makes the list grow.
  private static let eventsPerStep = 256

  init(steps: Int) { events.reserveCapacity(steps * Self.eventsPerStep) }

  /// Counts time from now on.
  func begin(step: Int64) {
    self.step = step
    origin = monotonicNanoseconds()
  }

  func stepEnded() { step += 1 }

  func add(_ phase: StepPhase, from start: UInt64, to end: UInt64) {
    events.append(
      PhaseEvent(step: step, phase: Int64(phase.rawValue), start: Int64(start - origin), end: Int64(end - origin)))
  }
}
