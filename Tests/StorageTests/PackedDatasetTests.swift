import Foundation
import Storage
import Testing

@Suite struct PackedDatasetTests {
  let directory: TemporaryDirectory
  let path: String

  init() throws {
    directory = try TemporaryDirectory()
    path = directory.file("sample.h5")
  }

  @Test(arguments: [1, 2, 3] as [UInt64])
  func everythingComesBack(seed: UInt64) throws {
    let sample = SampleDataset(seed: seed, rowCounts: [.train: 1 + 30 * Int(seed), .validation: 0, .test: 8])
    let fingerprint = try sample.write(to: path)
    let dataset = try PackedDataset.open(path)
    #expect(dataset.name == "sample" && dataset.creator == "tests" && dataset.splitSeed == 11)
    #expect(dataset.modalities == sample.modalities)
    #expect(dataset.fingerprint == fingerprint)
    for split in Split.allCases {
      let rows = dataset.rowCount(of: split)
      #expect(rows == sample.rowCounts[split])
      #expect(try dataset.sourceRows(of: split) == Array((0..<rows).reversed()))
      for modality in dataset.modalities {
        let expected = try #require(sample.content["\(split)/\(modality.name)"])
        #expect(try read(dataset, modality, split, 0..<rows) == expected)
        let slice = (rows / 3)..<(rows - rows / 4)
        let bytes = (slice.lowerBound * modality.rowByteCount)..<(slice.upperBound * modality.rowByteCount)
        #expect(try read(dataset, modality, split, slice) == Array(expected[bytes]))
      }
    }
    #expect(try dataset.verify().isEmpty)
  }

  private func read(
    _ dataset: borrowing PackedDataset, _ modality: ModalityDescription, _ split: Split, _ rows: Range<Int>
  ) throws -> [UInt8] {
    var bytes = [UInt8](repeating: 0xAA, count: rows.count * modality.rowByteCount)
    try bytes.withUnsafeMutableBytes { try dataset.readRows(modality.name, split, rows, into: $0) }
    return bytes
  }

  @Test func severalChunksComeBack() throws {
    let sample = SampleDataset(rowCounts: [.train: 40_000, .validation: 1, .test: 1])
    try sample.write(to: path)
    let dataset = try PackedDataset.open(path)
    let expected = try #require(sample.content["train/image"])
    #expect(try read(dataset, SampleDataset.image, .train, 17_000..<36_000) == Array(expected[510_000..<1_080_000]))
    #expect(try dataset.verify().isEmpty)
  }

  @Test func classesAreCounted() throws {
    let sample = SampleDataset()
    try sample.write(to: path)
    let labels = try #require(sample.content["train/label"]).enumerated().filter { $0.offset % 4 == 0 }.map(\.element)
    let counts = try PackedDataset.open(path).classCounts(of: SampleDataset.label, .train)
    #expect(counts == (0..<4).map { index in labels.count { $0 == UInt8(index) } })
  }

  /// Each property a trainer sees changes the fingerprint; the same content never does.
  @Test func fingerprintFollowsTheContent() throws {
    let original = SampleDataset()
    var fingerprints = [try original.write(to: path)]
    #expect(try original.write(to: path, replacing: true) == fingerprints[0])
    func add(_ change: (inout SampleDataset) -> Void) throws {
      var changed = original
      change(&changed)
      fingerprints.append(try changed.write(to: path, replacing: true))
    }
    func replaceImage(_ shape: [Int], _ likelihood: String, _ scale: Double) -> ModalityDescription {
      ModalityDescription(
        name: "image", shape: shape, likelihood: likelihood, encoding: .values, elementType: .uint8, scale: scale)
    }
    try add { $0.content["test/image"]?[17] ^= 1 }
    try add { $0.modalities[0] = replaceImage([2, 3, 5], "bernoulli", 1 / 256) }
    try add { $0.modalities[0] = replaceImage([2, 3, 5], "gaussian", 1 / 255) }
    try add { $0.modalities[0] = replaceImage([2, 5, 3], "bernoulli", 1 / 255) }
    try add { $0.modalities.swapAt(0, 1) }
    try add { $0.modalities.removeLast() }
    #expect(Set(fingerprints).count == 7)
    #expect(fingerprints.allSatisfy { $0.hasPrefix("sha256:") && $0.utf8.count == 71 })
  }

  /// Computed with hashlib as `dataset-format.md` says, so that the definition cannot drift unseen.
  @Test func fingerprintIsTheDocumentedOne() throws {
    var sample = SampleDataset(rowCounts: [.train: 2, .validation: 1, .test: 1])
    for split in Split.allCases {
      for modality in sample.modalities {
        let count = modality.rowByteCount * (sample.rowCounts[split] ?? 0)
        sample.content["\(split)/\(modality.name)"] = [UInt8](
          repeating: modality.name == "image" ? 200 : 0, count: count)
      }
    }
    #expect(try sample.write(to: path) == "sha256:2bff94f4171c7ffe7a25039dccb492e0b41042ed3cf950954c6cac7882e40959")
  }

  @Test func existingFileIsKeptUnlessReplacing() throws {
    let fingerprint = try SampleDataset(seed: 1).write(to: path)
    #expect(try storageError { try SampleDataset(seed: 2).write(to: path) }.kind == .exists)
    #expect(try PackedDataset.open(path).fingerprint == fingerprint)
    #expect(try SampleDataset(seed: 2).write(to: path, replacing: true) != fingerprint)
    #expect(try directory.names == ["sample.h5"])
  }

  @Test func droppedWriterLeavesNothing() throws {
    do {
      let sample = SampleDataset()
      var writer = try PackedDatasetWriter.create(
        at: path, replacing: false, name: "sample", modalities: sample.modalities, rowCounts: sample.rowCounts,
        splitSeed: nil, creator: "tests")
      try writer.append(sourceRows: [1, 2], to: .train)
    }
    #expect(try directory.names.isEmpty)
  }

  @Test(arguments: [
    ModalityDescription(
      name: "a/b", shape: [1], likelihood: "gaussian", encoding: .values, elementType: .float32),
    ModalityDescription(
      name: "source_row", shape: [1], likelihood: "gaussian", encoding: .values, elementType: .float32),
    ModalityDescription(name: "a", shape: [], likelihood: "gaussian", encoding: .values, elementType: .float32),
    ModalityDescription(name: "a", shape: [2, 0], likelihood: "gaussian", encoding: .values, elementType: .float32),
    ModalityDescription(name: "a", shape: [2], likelihood: "", encoding: .values, elementType: .float32),
    ModalityDescription(name: "a", shape: [2], likelihood: "gaussian", encoding: .values, elementType: .int64),
    ModalityDescription(
      name: "a", shape: [2, 2], likelihood: "categorical", encoding: .classIndex, elementType: .uint8),
    ModalityDescription(
      name: "a", shape: [2], likelihood: "gaussian", encoding: .values, elementType: .uint8, scale: 0),
    ModalityDescription(
      name: "a", shape: [2], likelihood: "categorical", encoding: .classIndex, elementType: .uint8,
      classNames: ["only one"]),
  ])
  func uselessDescriptionsAreRefused(modality: ModalityDescription) throws {
    var sample = SampleDataset()
    sample.modalities = [modality]
    #expect(try storageError { try sample.write(to: path) }.kind == .format)
    #expect(try directory.names.isEmpty)
  }
}
