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

  @Test(arguments: [0, 2])
  func otherVersionsAreRefused(version: Int) throws {
    try HDF5File.writeAtomically(to: path) { file throws(StorageError) in
      try file.setAttribute("format", to: "mhvae-dist dataset")
      try file.setAttribute("format_version", to: version)
    }
    let error = try storageError { _ = try PackedDataset.open(path) }
    #expect(error.description.contains("format version \(version), and this program reads version 1"))
  }

  @Test(arguments: ["test/image", "validation/source_row"])
  func missingDatasetIsNamed(dataset: String) throws {
    try SampleDataset().writeByHand(to: path, fingerprint: "none") { $0 == dataset ? "elsewhere" : $0 }
    let error = try storageError { _ = try PackedDataset.open(path) }
    #expect(error.kind == .missing && error.object == dataset)
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
