import Foundation
import Packing
import Storage
import Testing

extension PackRequest {
  init(_ source: SyntheticIDX, output: String, limit: Int? = nil, seed: Int = 1) {
    self.init(input: source.path, output: output, replacing: false, limit: limit, seed: seed, creator: "tests")
  }
}

@Suite struct PackIDXTests {
  @Test(arguments: SyntheticIDX.Spelling.allCases, [false, true])
  func everyRowLandsWhereItsSourceRowSays(spelling: SyntheticIDX.Spelling, compressed: Bool) throws {
    let source = try SyntheticIDX(trainRows: 735, testRows: 12, spelling: spelling, compressed: compressed)
    let summary = try packIDX(.fashionMNIST, PackRequest(source, output: source.file("out.h5"), seed: 5))
    let dataset = try PackedDataset.open(source.file("out.h5"))
    #expect(summary.rowCounts == [.train: 662, .validation: 73, .test: 12])
    #expect(dataset.fingerprint == summary.fingerprint)
    #expect(dataset.name == "fashion-mnist" && dataset.splitSeed == 5 && dataset.creator == "tests")
    for split in Split.allCases {
      let rows = try dataset.sourceRows(of: split)
      #expect(rows.count == summary.rowCounts[split])
      let part = split == .test ? "t10k" : "train"
      #expect(try content("image", 784, split, of: dataset) == rows.flatMap { SyntheticIDX.image(part, $0) })
      #expect(try content("label", 1, split, of: dataset) == rows.map { SyntheticIDX.label($0) })
    }
    #expect(try dataset.verify().isEmpty)
  }

  @Test("Kaggle's archive has each file in a directory of its name", arguments: [false, true])
  func directoriesNamedLikeTheFiles(compressed: Bool) throws {
    let source = try SyntheticIDX(compressed: compressed)
    let flat = try packIDX(.mnist, PackRequest(source, output: source.file("flat.h5")))
    for name in try FileManager.default.contentsOfDirectory(atPath: source.path) where name.contains("ubyte") {
      try FileManager.default.moveItem(atPath: source.file(name), toPath: source.file("moved"))
      try FileManager.default.createDirectory(atPath: source.file(name), withIntermediateDirectories: false)
      try FileManager.default.moveItem(atPath: source.file("moved"), toPath: source.file("\(name)/\(name)"))
    }
    #expect(try packIDX(.mnist, PackRequest(source, output: source.file("deep.h5"))).fingerprint == flat.fingerprint)
  }

  private func content(
    _ modality: String, _ rowByteCount: Int, _ split: Split, of dataset: borrowing PackedDataset
  ) throws -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: dataset.rowCount(of: split) * rowByteCount)
    try bytes.withUnsafeMutableBytes {
      try dataset.readRows(modality, split, 0..<dataset.rowCount(of: split), into: $0)
    }
    return bytes
  }

  @Test func modalitiesAreDescribed() throws {
    let source = try SyntheticIDX()
    _ = try packIDX(.fashionMNIST, PackRequest(source, output: source.file("out.h5")))
    let modalities = try PackedDataset.open(source.file("out.h5")).modalities
    try #require(modalities.map(\.name) == ["image", "label"])
    #expect(modalities[0].shape == [1, 28, 28] && modalities[0].likelihood == "bernoulli")
    #expect(modalities[0].elementType == .uint8 && modalities[0].scale * 255 == 1)
    #expect(modalities[1].shape == [10] && modalities[1].likelihood == "categorical")
    #expect(modalities[1].encoding == .classIndex && modalities[1].elementType == .uint8)
    #expect(modalities[1].classNames[0] == "T-shirt/top" && modalities[1].classNames[9] == "Ankle boot")
  }

  @Test func seedDecidesAndNothingElse() throws {
    let source = try SyntheticIDX()
    func pack(_ name: String, seed: Int) throws -> Data {
      _ = try packIDX(.mnist, PackRequest(source, output: source.file(name), seed: seed))
      return try Data(contentsOf: URL(fileURLWithPath: source.file(name)))
    }
    let first = try pack("a.h5", seed: 3)
    #expect(try pack("b.h5", seed: 3) == first)
    #expect(try pack("c.h5", seed: 4) != first)
    let fingerprints = try ["a.h5", "c.h5"].map { try PackedDataset.open(source.file($0)).fingerprint }
    #expect(fingerprints[0] != fingerprints[1])
  }

  @Test func limitTakesTheFirstRows() throws {
    let source = try SyntheticIDX(trainRows: 50, testRows: 12)
    let summary = try packIDX(.mnist, PackRequest(source, output: source.file("out.h5"), limit: 20))
    #expect(summary.rowCounts == [.train: 18, .validation: 2, .test: 12])
    let dataset = try PackedDataset.open(source.file("out.h5"))
    let trainingSource = try dataset.sourceRows(of: .train) + dataset.sourceRows(of: .validation)
    #expect(trainingSource.sorted() == Array(0..<20))
    #expect(try dataset.sourceRows(of: .test) == Array(0..<12))
  }

  @Test func existingOutputStaysUnlessReplacing() throws {
    let source = try SyntheticIDX()
    var request = PackRequest(source, output: source.file("out.h5"))
    _ = try packIDX(.mnist, request)
    let before = try Data(contentsOf: URL(fileURLWithPath: request.output))
    request.seed = 2
    let error = #expect(throws: StorageError.self) { _ = try packIDX(.mnist, request) }
    #expect(error?.kind == .exists)
    request.replacing = true
    try source.edit("t10k-labels-idx1-ubyte") { $0[8] = 77 }
    #expect(throws: PackingError.self) { _ = try packIDX(.mnist, request) }
    #expect(try Data(contentsOf: URL(fileURLWithPath: request.output)) == before)
    try source.edit("t10k-labels-idx1-ubyte") { $0[8] = 7 }
    _ = try packIDX(.mnist, request)
    #expect(try PackedDataset.open(request.output).splitSeed == 2)
  }
}
