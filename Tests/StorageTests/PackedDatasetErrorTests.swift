import Foundation
import Storage
import Testing

@Suite struct PackedDatasetErrorTests {
  let directory: TemporaryDirectory
  let path: String

  init() throws {
    directory = try TemporaryDirectory()
    path = directory.file("sample.h5")
  }

  @Test func foreignHDF5IsRefused() throws {
    try HDF5File.writeAtomically(to: path) { file throws(StorageError) in try file.setAttribute("a", to: 1) }
    let error = try storageError { _ = try PackedDataset.open(path) }
    #expect(error.kind == .format && error.description.contains("not a mhvae-dist dataset"))
  }

  @Test(arguments: [0, 3])
  func otherVersionsAreRefused(version: Int) throws {
    try HDF5File.writeAtomically(to: path) { file throws(StorageError) in
      try file.setAttribute("format", to: "mhvae-dist dataset")
      try file.setAttribute("format_version", to: version)
    }
    let error = try storageError { _ = try PackedDataset.open(path) }
    #expect(error.description.contains("format version \(version), and this program reads versions up to 2"))
  }

  @Test(arguments: ["test/image", "validation/source_row"])
  func missingDatasetIsNamed(dataset: String) throws {
    try SampleDataset().writeByHand(to: path, fingerprint: "none") { $0 == dataset ? "elsewhere" : $0 }
    let error = try storageError { _ = try PackedDataset.open(path) }
    #expect(error.kind == .missing && error.object == dataset)
  }

  /// Writes a file of the modality `image` of this shape, with these rows of nothing.
  private func writeHollow(shape: [Int], rows: Int) throws {
    try HDF5File.writeAtomically(to: path) { file throws(StorageError) in
      for (name, text) in [("format", "mhvae-dist dataset"), ("name", "x"), ("creator", "x"), ("fingerprint", "x")] {
        try file.setAttribute(name, to: text)
      }
      try file.setAttribute("format_version", to: 1)
      try file.setAttribute("modalities", to: ["image"])
      try file.createGroup("modalities/image")
      try file.setAttribute("shape", to: shape, at: "modalities/image")
      try file.setAttribute("likelihood", to: "gaussian", at: "modalities/image")
      try file.setAttribute("encoding", to: "values", at: "modalities/image")
      try file.setAttribute("scale", to: 1.0, at: "modalities/image")
      for split in Split.allCases {
        let rows = split == .train ? rows : 0
        try file.createDataset("\(split)/image", shape: [rows, 1], .float32).close()
        try file.createDataset("\(split)/source_row", shape: [rows], .int64).close()
      }
    }
  }

  @Test(arguments: [[1 << 40, 1 << 40], [1 << 20, 1 << 20], [1 << 29]])
  func rowsThatNoMemoryHoldsAreRefused(shape: [Int]) throws {
    try writeHollow(shape: shape, rows: 0)
    let error = try storageError { _ = try PackedDataset.open(path) }
    #expect(error.object == "modalities/image")
    #expect(error.details == ["a row has at most 2^28 values, found the shape \(shape)"])
  }

  @Test func moreRowsThanCanBeNumberedAreRefused() throws {
    try writeHollow(shape: [1], rows: 1 << 33)
    let error = try storageError { _ = try PackedDataset.open(path) }
    #expect(error.object == "train/image" && error.details.first?.hasPrefix("8589934592 rows") == true, "\(error)")
  }

  @Test func announcedRowsThatAreNotThereAreRefused() throws {
    try writeHollow(shape: [1], rows: 1 << 31)
    let error = try storageError { _ = try PackedDataset.open(path) }
    #expect(error.kind == .damaged && error.object == "train/image")
    #expect(error.details.first?.hasSuffix("is 8589934592 bytes, of which the file holds 0") == true, "\(error)")
  }

  @Test func scaleThatWasRoundedIsNoDamage() throws {
    var sample = SampleDataset()
    sample.modalities[0] = ModalityDescription(
      name: "image", shape: [2, 3, 5], likelihood: "bernoulli", encoding: .values, elementType: .uint8,
      scale: 0.00392157)
    sample.content["train/image"]?[0] = 255
    try sample.write(to: path)
    #expect(try PackedDataset.open(path).verify().isEmpty)
  }

  @Test func unknownEncodingIsNamed() throws {
    try SampleDataset().writeByHand(to: path, fingerprint: "none") { $0 == "values" ? "pigeons" : $0 }
    #expect(try storageError { _ = try PackedDataset.open(path) }.description.contains("found pigeons"))
  }

  @Test func unequalRowCountsAreNamed() throws {
    try SampleDataset().writeByHand(to: path, fingerprint: "none", extraSourceRows: 1)
    let error = try storageError { _ = try PackedDataset.open(path) }
    #expect(error.object == "train/source_row" && error.details == ["expected shape [37], found [38]"])
  }

  @Test(arguments: ["train/image", "validation/sensor", "test/label"])
  func damagedChunkIsNamed(dataset: String) throws {
    let sample = SampleDataset(rowCounts: [.train: 40_000, .validation: 600, .test: 600])
    try sample.write(to: path)
    let content = try #require(sample.content[dataset])
    let offset = dataset == "train/image" ? 30_000 * 30 : 0
    try damage(Array(content[offset..<(offset + 400)]), in: path)
    let problems = try PackedDataset.open(path).verify()
    #expect(problems.map(\.object) == [dataset])
    let problem = try #require(problems.first)
    #expect(problem.kind == .damaged && problem.details.joined().contains("Fletcher32"))
    let rows = dataset == "train/image" ? "rows 17476 to 34951" : "rows 0 to 599"
    #expect(problem.details.first == "\(rows) cannot be read")
  }

  @Test func wrongFingerprintIsFound() throws {
    try SampleDataset().writeByHand(to: path, fingerprint: "sha256:0")
    let problems = try PackedDataset.open(path).verify()
    #expect(problems.map(\.object) == ["attribute fingerprint at /"])
    #expect(problems.first?.description.contains("the file says sha256:0, its content is sha256:") == true)
  }

  @Test(arguments: [4, -1] as [Int32])
  func classOutOfRangeIsNamed(index: Int32) throws {
    var sample = SampleDataset()
    withUnsafeBytes(of: index) { sample.content["test/label"]?.replaceSubrange(12..<16, with: $0) }
    try sample.write(to: path)
    let problems = try PackedDataset.open(path).verify()
    #expect(problems.map(\.object) == ["test/label"])
    #expect(problems.first?.details == ["row 3 has \(index); the classes are 0 to 3"])
  }

  @Test func valuesOutOfRangeAreNamed() throws {
    var sample = SampleDataset()
    withUnsafeBytes(of: Float.nan) { sample.content["train/sensor"]?.replaceSubrange(280..<284, with: $0) }
    sample.modalities[0] = ModalityDescription(
      name: "image", shape: [2, 3, 5], likelihood: "bernoulli", encoding: .values, elementType: .uint8)
    try sample.write(to: path)
    let problems = try PackedDataset.open(path).verify()
    #expect(problems.map(\.object).prefix(2) == ["train/image", "train/sensor"])
    #expect(problems[1].details == ["row 10 has nan; values are finite"])
  }

  @Test func repeatedSourceRowIsFound() throws {
    var writer = try PackedDatasetWriter.create(
      at: path, replacing: false, name: "sample", modalities: [SampleDataset.image], rowCounts: [.train: 3],
      splitSeed: nil, creator: "tests")
    try writer.append([UInt8](repeating: 0, count: 90).span.bytes, to: "image", .train)
    try writer.append(sourceRows: [4, 2, 4], to: .train)
    _ = try writer.finish()
    let problems = try PackedDataset.open(path).verify()
    #expect(problems.map(\.object) == ["train/source_row"])
  }
}
