import Foundation
import Packing
import Storage
import Testing

@Suite struct PackCelebATests {
  /// The values that the attribute file has for an image, in an order of attributes.
  private func attributes(_ row: Int, _ wanted: [String], _ faces: CelebAFiles) throws -> [UInt8] {
    let lines = String(decoding: try faces.read(faces.attributes), as: UTF8.self).components(separatedBy: "\n")
    let names = lines[1].split(separator: " ").map { String($0) }
    let words = lines[row + 2].split(separator: " ")
    return try wanted.map { words[try #require(names.firstIndex(of: $0)) + 1] == "1" ? 1 : 0 }
  }

  @Test func everyRowLandsWhereItsSourceRowSays() throws {
    let faces = try CelebAFiles(drawn: 40)
    let summary = try packCelebA(faces.request(.paper, seed: 3)) { _ in }
    let dataset = try PackedDataset.open(faces.output)
    #expect(summary.rowCounts == [.train: 32, .validation: 4, .test: 4])
    #expect(dataset.fingerprint == summary.fingerprint)
    #expect(dataset.name == "celeba" && dataset.splitSeed == nil && dataset.creator == "tests")
    let rows = try Split.allCases.map { try dataset.sourceRows(of: $0) }
    #expect(rows[0].sorted() == Array(0..<32) && rows[0] != rows[0].sorted(), "the training rows are not shuffled")
    #expect(rows[1] == Array(32..<36) && rows[2] == Array(36..<40))
    for (split, rows) in zip(Split.allCases, rows) {
      let pixels = try rows.flatMap {
        resize(try JPEGDecoder().decode(file: "\(faces.images)/\(faces.names[$0])"), side: 64)
      }
      #expect(try content("image", split, of: dataset) == pixels)
      let values = try rows.flatMap { try attributes($0, AttributeSet.paperNames, faces) }
      #expect(try content("attributes", split, of: dataset) == values)
    }
    #expect(try dataset.verify().isEmpty)
  }

  @Test func modalitiesAreDescribed() throws {
    let faces = try CelebAFiles(drawn: 10)
    _ = try packCelebA(faces.request(.paper)) { _ in }
    let modalities = try PackedDataset.open(faces.output).modalities
    try #require(modalities.map(\.name) == ["image", "attributes"])
    #expect(modalities[0].shape == [3, 64, 64] && modalities[0].likelihood == "bernoulli")
    #expect(modalities[0].elementType == .uint8 && modalities[0].scale * 255 == 1)
    #expect(modalities[1].shape == [18] && modalities[1].likelihood == "bernoulli" && modalities[1].scale == 1)
    #expect(modalities[1].encoding == .values && modalities[1].elementType == .uint8)
    #expect(modalities[1].classNames == AttributeSet.paperNames)
  }

  @Test func attributesAreThoseAskedForInTheirOrder() throws {
    let faces = try CelebAFiles(plain: 10)
    _ = try packCelebA(faces.request(partitioned: false, AttributeSet("Male,Smiling"))) { _ in }
    let dataset = try PackedDataset.open(faces.output)
    #expect(dataset.modalities[1].classNames == ["Male", "Smiling"])
    let rows = try dataset.sourceRows(of: .train)
    #expect(try content("attributes", .train, of: dataset) == rows.flatMap { $0 % 2 == 0 ? [1, 0] : [0, 1] })
  }

  @Test func attributeSetsAreRead() {
    #expect(AttributeSet("paper") == .paper && AttributeSet("all") == .all)
    #expect(AttributeSet("Bald,Male") == .named(["Bald", "Male"]))
    #expect(AttributeSet.paperNames.count == 18)
  }

  @Test func drawnSplitIsATenthEach() throws {
    let faces = try CelebAFiles(plain: 57)
    func split(seed: Int) throws -> [[Int]] {
      var request = faces.request(partitioned: false, seed: seed)
      request.replacing = true
      #expect(try packCelebA(request) { _ in }.rowCounts == [.train: 47, .validation: 5, .test: 5])
      let dataset = try PackedDataset.open(faces.output)
      #expect(dataset.splitSeed == seed)
      return try Split.allCases.map { try dataset.sourceRows(of: $0) }
    }
    let first = try split(seed: 4)
    #expect(first.flatMap(\.self).sorted() == Array(0..<57))
    #expect(first[1] == first[1].sorted() && first[2] == first[2].sorted() && first[0] != first[0].sorted())
    #expect(try split(seed: 4) == first)
    #expect(try split(seed: 5)[2] != first[2])
  }

  @Test func limitTakesTheFirstOfEverySplit() throws {
    let faces = try CelebAFiles(drawn: 40)
    let summary = try packCelebA(faces.request(limit: 3)) { _ in }
    #expect(summary.rowCounts == [.train: 3, .validation: 3, .test: 3])
    let dataset = try PackedDataset.open(faces.output)
    #expect(try dataset.sourceRows(of: .train).sorted() == [0, 1, 2])
    #expect(try dataset.sourceRows(of: .test) == [36, 37, 38])
  }

  @Test func threadsDoNotMatter() throws {
    let faces = try CelebAFiles(drawn: 20)
    var request = faces.request(threads: 1)
    _ = try packCelebA(request) { _ in }
    let first = try faces.read(faces.output)
    (request.threads, request.output) = (7, faces.file("again.h5"))
    _ = try packCelebA(request) { _ in }
    #expect(try faces.read(request.output) == first)
  }

  @Test func existingOutputStaysUnlessReplacing() throws {
    let faces = try CelebAFiles(plain: 10)
    try faces.write("mine", "out.h5")
    var request = faces.request(partitioned: false)
    var progress: [PackingProgress] = []
    let error = #expect(throws: StorageError.self) { _ = try packCelebA(request) { progress.append($0) } }
    #expect(error?.kind == .exists && progress.isEmpty, "it decoded for nothing")
    #expect(try faces.read(faces.output) == Data("mine".utf8))
    request.replacing = true
    _ = try packCelebA(request) { _ in }
    #expect(try PackedDataset.open(faces.output).rowCount(of: .train) == 8)
  }
}
