import Foundation
import Packing
import Storage
import Testing

/// A directory for packed files and arrays, removed with the test.
final class PackedFiles: Sendable {
  let path: String

  init() throws {
    path = FileManager.default.temporaryDirectory.path + "/mhvae-packed-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func file(_ name: String) -> String { path + "/" + name }

  func bytes(_ name: String) throws -> [UInt8] { [UInt8](try Data(contentsOf: URL(filePath: file(name)))) }

  func write(_ bytes: [UInt8], _ name: String) throws { try Data(bytes).write(to: URL(filePath: file(name))) }

  var names: [String] { get throws { try FileManager.default.contentsOfDirectory(atPath: path).sorted() } }

  /// The text of the error that `body` must throw, without the directory; nothing may be written.
  func complaint(_ body: () throws -> Void) throws -> String {
    let before = try names
    let error = try #require(throws: (any Error).self) { try body() }
    #expect(try names == before, "a failure must leave nothing behind")
    return "\(error)".replacing(path + "/", with: "")
  }
}

/// What a small packed file holds.
struct PackedContent {
  var modalities: [ModalityDescription]
  var rowCounts: [Split: Int]
  /// The stored bytes of a row: modality, split, row.
  var row: (ModalityDescription, Split, Int) -> [UInt8]
  /// Whether the label has a mask of ones.
  var presentLabels = false

  init(
    modalities: [ModalityDescription], rowCounts: [Split: Int],
    row: @escaping (ModalityDescription, Split, Int) -> [UInt8]
  ) {
    (self.modalities, self.rowCounts, self.row) = (modalities, rowCounts, row)
  }

  func write(to path: String, name: String = "sample", sourceRowsFrom first: Int = 0) throws {
    var writer = try PackedDatasetWriter.create(
      at: path, replacing: false, name: name, modalities: modalities, rowCounts: rowCounts,
      gaps: presentLabels ? rowCounts.mapValues { _ in ["label"] } : [:], splitSeed: 3, creator: "tests")
    for split in Split.allCases {
      let rows = 0..<rowCounts[split, default: 0]
      if presentLabels { try writer.append(present: rows.map { _ in true }, to: "label", split) }
      for modality in modalities {
        let stored = rows.flatMap { row(modality, split, $0) }
        try writer.append(stored.span.bytes, to: modality.name, split)
      }
      try writer.append(sourceRows: rows.reversed().map { $0 + first }, to: split)
    }
    _ = try writer.finish()
  }
}

extension ModalityDescription {
  static func picture(
    _ name: String, _ shape: [Int], _ type: ElementType = .uint8, names: [String] = []
  ) -> ModalityDescription {
    ModalityDescription(
      name: name, shape: shape, likelihood: "gaussian", encoding: .values, elementType: type, scale: 0.5,
      classNames: names)
  }

  static func label(_ count: Int, names: [String] = [], _ type: ElementType = .uint8) -> ModalityDescription {
    ModalityDescription(
      name: "label", shape: [count], likelihood: "categorical", encoding: .classIndex, elementType: type,
      classNames: names)
  }
}
