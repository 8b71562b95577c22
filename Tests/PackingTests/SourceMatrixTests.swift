import Foundation
import Packing
import Storage
import TestSupport
import Testing

/// Files of NumPy, pandas, h5py and AnnData, read back equal.
@Suite struct SourceMatrixTests {
  private static let python = TestSupport.python(withModules: SourceMatrix.modules)

  @Test(.enabled(if: Self.python != nil, "needs Python with numpy, pandas, h5py, anndata and Pillow"))
  func everySourceIsReadAsItWasWritten() throws {
    let files = try PackedFiles()
    let outcome = try run(try #require(Self.python), ["-c", SourceMatrix.program, files.path])
    try #require(outcome.exitCode == 0, "\(outcome)")
    let cases = String(decoding: try files.bytes("cases"), as: UTF8.self).split(separator: "\n")
    #expect(cases.count > 150)
    for line in cases {
      let parts = line.split(separator: "\t").map(String.init)
      let source = try ArraySource(name: "x", parsing: files.file(parts[1]))
      let found: [Float]
      do { found = try pack(source, files) } catch {
        Issue.record("\(parts): \(error)")
        continue
      }
      let expected = try files.bytes(parts[0] + ".expected").withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
      let isEqual =
        found.count == expected.count
        && zip(found, expected).allSatisfy { $0 == $1 || ($0.isNaN && $1.isNaN) || abs($0 - $1) <= 1e-7 * abs($1) }
      #expect(isEqual, "\(parts): \(found.prefix(12)) for \(expected.prefix(12))")
    }
    #expect(try files.names.allSatisfy { !$0.hasPrefix(".") }, "spools must be gone")
  }

  /// The observed numbers in the order of the source; NaN where a row lacks the modality.
  private func pack(_ source: ArraySource, _ files: PackedFiles) throws -> [Float] {
    var request = files.request([source])
    request.replacing = true
    _ = try packArrays(request) { _ in }
    let dataset = try PackedDataset.open(files.file("out.h5"))
    #expect(try dataset.verify().isEmpty)
    return try observations("x", of: dataset, rowCount: 40)
  }
}

/// The observed numbers (classes as their indices) in the order of the source, NaN in rows that lack the modality.
func observations(_ name: String, of dataset: borrowing PackedDataset, rowCount: Int) throws -> [Float] {
  let modality = try #require(dataset.modalities.first { $0.name == name })
  let width = modality.encoding == .classIndex ? 1 : modality.elementCount
  var result = [Float](repeating: .nan, count: rowCount * width)
  for split in Split.allCases {
    let bytes = try content(name, split, of: dataset)
    let numbers: [Float] = bytes.withUnsafeBytes {
      switch modality.elementType {
      case .uint8: $0.map { Float($0) }
      case .int32: $0.bindMemory(to: Int32.self).map { Float($0) }
      default: Array($0.bindMemory(to: Float.self))
      }
    }
    let mask = try dataset.mask(name, split)
    for (place, row) in try dataset.sourceRows(of: split).enumerated() {
      for column in 0..<width {
        let number = mask[place] ? Float(Double(numbers[place * width + column]) * modality.scale) : .nan
        result[row * width + column] = number
      }
    }
  }
  return result
}
