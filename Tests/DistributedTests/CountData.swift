import Foundation
import Storage
import TestSupport

/// A made-up dataset of numbers and counts that follow from a hidden class: every likelihood that `SensorData` lacks.
enum CountData {
  private static let modalities = [
    values("reads", 6, "negative_binomial"), values("events", 3, "poisson"), values("sensor", 4, "gaussian"),
    values("sound", 5, "laplace"),
    ModalityDescription(
      name: "label", shape: [4], likelihood: "categorical", encoding: .classIndex, elementType: .uint8),
  ]

  private static func values(_ name: String, _ count: Int, _ likelihood: String) -> ModalityDescription {
    ModalityDescription(name: name, shape: [count], likelihood: likelihood, encoding: .values, elementType: .float32)
  }

  /// Calls `body` with a new directory and the packed dataset in it.
  /// - Parameter firstRead: of the first training row.
  static func withDataset<Result>(
    firstRead: Float? = nil, _ body: (_ directory: String, _ dataset: String) throws -> Result
  ) throws -> Result {
    try temporaryDirectory { directory in
      let path = directory.appending(path: "counts.h5").path
      try pack(firstRead, to: path)
      return try body(directory.path, path)
    }
  }

  private static func pack(_ firstRead: Float?, to path: String) throws {
    let rowCounts: [Split: Int] = [.train: 320, .validation: 20, .test: 40]
    var writer = try PackedDatasetWriter.create(
      at: path, replacing: false, name: "counts", modalities: modalities, rowCounts: rowCounts, splitSeed: nil,
      creator: "tests")
    for (split, rows) in rowCounts.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
      let hidden = (0..<rows).map { $0 * 7 % 4 }
      var numbers = Numbers(seed: UInt64(rows))
      func rowsOf(_ count: Int, _ value: (_ cause: Int, _ index: Int) -> Float) -> [Float] {
        hidden.flatMap { cause in (0..<count).map { value(cause, $0) } }
      }
      var reads = rowsOf(6) { cause, index in
        Float((numbers.uniform(0...1) * numbers.uniform(0...8) * Double(1 + (cause + index) % 4)).rounded(.down))
      }
      if let firstRead, split == .train { reads[0] = firstRead }
      let events = rowsOf(3) { cause, index in Float(Int(numbers.uniform(0...3)) + (cause == index ? 5 : 0)) }
      // The last column is constant.
      let sensors = rowsOf(4) { cause, index in
        index == 3 ? 0.25 : Float(cause) - 1.5 + Float(numbers.uniform(-0.2...0.2))
      }
      let sounds = rowsOf(5) { cause, index in Float(cause + index) / 4 - 1 + Float(numbers.uniform(-0.5...0.5)) }
      let labels = hidden.map { UInt8($0) }
      try writer.append(reads.span.bytes, to: "reads", split)
      try writer.append(events.span.bytes, to: "events", split)
      try writer.append(sensors.span.bytes, to: "sensor", split)
      try writer.append(sounds.span.bytes, to: "sound", split)
      try writer.append(labels.span.bytes, to: "label", split)
      try writer.append(sourceRows: Array(0..<rows), to: split)
    }
    _ = try writer.finish()
  }
}
