import CZlib
import Foundation
import Testing

/// A directory with four small IDX files, removed with the test.
final class SyntheticIDX: Sendable {
  enum Spelling: CaseIterable { case dashed, dotted }

  let path: String
  let trainRows: Int
  let testRows: Int

  init(trainRows: Int = 50, testRows: Int = 12, spelling: Spelling = .dashed, compressed: Bool = false) throws {
    (self.trainRows, self.testRows) = (trainRows, testRows)
    path = FileManager.default.temporaryDirectory.path + "/mhvae-packing-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    for (part, rows) in [("train", trainRows), ("t10k", testRows)] {
      let separator = spelling == .dashed ? "-" : "."
      let images = SyntheticIDX.file(magic: [0, 0, 8, 3], [rows, 28, 28], SyntheticIDX.images(part, rows))
      let labels = SyntheticIDX.file(magic: [0, 0, 8, 1], [rows], SyntheticIDX.labels(rows))
      try write(images, "\(part)-images\(separator)idx3-ubyte", compressed: compressed)
      try write(labels, "\(part)-labels\(separator)idx1-ubyte", compressed: compressed)
    }
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func file(_ name: String) -> String { path + "/" + name }

  /// Writes a file whole, compressed under the name with `.gz`.
  func write(_ bytes: [UInt8], _ name: String, compressed: Bool = false) throws {
    guard compressed else { return try Data(bytes).write(to: URL(fileURLWithPath: file(name))) }
    let handle = try #require(gzopen(file(name + ".gz"), "wb"))
    let written = gzwrite(handle, bytes, UInt32(bytes.count))
    try #require(written == Int32(bytes.count) && gzclose(handle) == Z_OK)
  }

  /// Changes the bytes of a file.
  func edit(_ name: String, _ change: (inout [UInt8]) -> Void) throws {
    var bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: file(name))))
    change(&bytes)
    try write(bytes, name)
  }

  static func file(magic: [UInt8], _ extents: [Int], _ values: [UInt8]) -> [UInt8] {
    magic + extents.flatMap { extent in (0..<4).map { UInt8(truncatingIfNeeded: extent >> (24 - 8 * $0)) } } + values
  }

  /// Every row differs from the others: its number is in its first two pixels.
  static func image(_ part: String, _ row: Int) -> [UInt8] {
    (0..<784).map { pixel in
      switch pixel {
      case 0: UInt8(row / 256)
      case 1: UInt8(row % 256)
      default: UInt8(truncatingIfNeeded: row &* 7 &+ pixel &* 13 &+ part.utf8.count)
      }
    }
  }

  static func label(_ row: Int) -> UInt8 { UInt8(row * 3 % 10) }

  private static func images(_ part: String, _ rows: Int) -> [UInt8] { (0..<rows).flatMap { image(part, $0) } }

  private static func labels(_ rows: Int) -> [UInt8] { (0..<rows).map { label($0) } }
}
