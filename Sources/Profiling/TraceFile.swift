internal import Foundation

/// Text in Chrome's trace event format: a JSON array of complete events, a process for every rank.
enum TraceFile {
  /// What one rank did.
  struct Rank {
    let host: String
    /// In the order of their steps.
    let events: [PhaseEvent]
  }

  /// - Parameter ranks: in their order.
  static func bytes(of ranks: [Rank]) throws -> [UInt8] {
    var lines: [String] = []
    for (rank, content) in ranks.enumerated() {
      let title = try JSONEncoder().encode("rank \(rank) on \(content.host)")
      lines.append(metadata("process_name", rank, #""name":\#(String(decoding: title, as: UTF8.self))"#))
      lines.append(metadata("process_sort_index", rank, #""sort_index":\#(rank)"#))
      lines.append(metadata("thread_name", rank, #""name":"steps""#))
      for step in content.events.chunked(on: { $0.step }) {
        lines.append(
          event("step \(step[step.startIndex].step)", rank, from: step.map(\.start).min()!, to: step.map(\.end).max()!))
        for phase in step { lines.append(event(name(of: phase), rank, from: phase.start, to: phase.end)) }
      }
    }
    return Array("[\n\(lines.joined(separator: ",\n"))\n]\n".utf8)
  }

  private static func name(of event: PhaseEvent) -> String { StepPhase(rawValue: Int(event.phase))?.name ?? "?" }

  private static func metadata(_ name: String, _ rank: Int, _ argument: String) -> String {
    #"{"ph":"M","pid":\#(rank),"tid":0,"name":"\#(name)","args":{\#(argument)}}"#
  }

  private static func event(_ name: String, _ rank: Int, from start: Int64, to end: Int64) -> String {
    #"{"ph":"X","pid":\#(rank),"tid":0,"ts":\#(microseconds(start)),"dur":\#(microseconds(end - start)),"name":"\#(name)"}"#
  }

  /// Exact, with three digits behind the point.
  private static func microseconds(_ nanoseconds: Int64) -> String {
    let digits = String(nanoseconds % 1000)
    return "\(nanoseconds / 1000).\(String(repeating: "0", count: 3 - digits.count))\(digits)"
  }
}

extension Array {
  /// Runs of elements with the same key.
  fileprivate func chunked<Key: Equatable>(on key: (Element) -> Key) -> [ArraySlice<Element>] {
    var runs: [ArraySlice<Element>] = []
    var rest = self[...]
    while let first = rest.first {
      let run = rest.prefix { key($0) == key(first) }
      runs.append(run)
      rest = rest[run.endIndex...]
    }
    return runs
  }
}
