import Foundation
import TestSupport
import Testing

/// Reads what a run leaves for TensorBoard.
enum EventFiles {
  /// In the order in which TensorBoard reads them.
  static func paths(_ run: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: "\(run)/tensorboard").sorted().map {
      "\(run)/tensorboard/\($0)"
    }
  }

  private static func events(_ run: String) throws -> [StoredEvent] {
    try paths(run).flatMap { path in
      let events = try storedEvents(Data(contentsOf: URL(filePath: path)))
      #expect(events.first?.version == "brain.Event:2", "\(path)")
      return events
    }
  }

  /// The steps of every tag, as they come.
  static func steps(_ run: String) throws -> [String: [Int]] {
    let pairs = try events(run).flatMap { event in event.values.map { ($0.tag, [event.step]) } }
    return Dictionary(pairs, uniquingKeysWith: +)
  }

  static func values(_ run: String, _ tag: String) throws -> [StoredEvent.Value] {
    try events(run).flatMap(\.values).filter { $0.tag == tag }
  }
}
