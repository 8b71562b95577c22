import Foundation
import Packing
import Storage
import Testing

/// A directory with faces in the layout of CelebA, removed with the test.
final class CelebAFiles: Sendable {
  let path: String
  let names: [String]

  /// Faces drawn by the program itself, in a partition of eight, one and one of ten.
  init(drawn count: Int, seed: Int = 1) throws {
    path = FileManager.default.temporaryDirectory.path + "/mhvae-celeba-" + UUID().uuidString
    names = (1...count).map { String(format: "%06d.jpg", $0) }
    try SyntheticCelebA(count: count, directory: path, seed: seed, threads: 2).write { _ in }
  }

  /// Small pictures of one colour each, for tests that need many, without a partition; two attributes.
  init(plain count: Int) throws {
    path = FileManager.default.temporaryDirectory.path + "/mhvae-celeba-" + UUID().uuidString
    names = (1...count).map { String(format: "%06d.jpg", $0) }
    try FileManager.default.createDirectory(atPath: images, withIntermediateDirectories: true)
    let encoder = try JPEGEncoder()
    for (index, name) in names.enumerated() {
      let colour = [UInt8(index % 256), UInt8(index / 256 * 60), UInt8(index * 7 % 256)]
      let picture = RGBImage(width: 16, height: 16, bytes: (0..<256).flatMap { _ in colour })
      try Data(try encoder.encode(picture)).write(to: URL(filePath: images + "/" + name))
    }
    let lines = names.enumerated().map { "\($1) \($0 % 2 == 0 ? "-1  1" : " 1 -1")" }
    try write("\(count)\nSmiling Male\n\(lines.joined(separator: "\n"))\n", "list_attr_celeba.txt")
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  var images: String { path + "/img_align_celeba" }
  var attributes: String { file("list_attr_celeba.txt") }
  var partition: String { file("list_eval_partition.txt") }
  var output: String { file("out.h5") }
  var partial: String { file("out.h5.partial") }

  func file(_ name: String) -> String { path + "/" + name }

  func write(_ text: String, _ name: String) throws { try Data(text.utf8).write(to: URL(filePath: file(name))) }

  func read(_ path: String) throws -> Data { try Data(contentsOf: URL(filePath: path)) }

  /// Changes a line of a text file, counted from 1; an empty text removes it.
  func edit(_ name: String, line: Int, _ text: String) throws {
    var lines = String(decoding: try read(file(name)), as: UTF8.self).components(separatedBy: "\n")
    lines.replaceSubrange((line - 1)..<line, with: text.isEmpty ? [] : [text])
    try write(lines.joined(separator: "\n"), name)
  }

  func request(
    partitioned: Bool = true, _ attributeSet: AttributeSet = .all, limit: Int? = nil, seed: Int = 1, threads: Int = 2
  ) -> CelebARequest {
    CelebARequest(
      images: images, attributes: attributes, partition: partitioned ? partition : nil, attributeSet: attributeSet,
      output: output, replacing: false, limit: limit, seed: seed, threads: threads, creator: "tests")
  }

  /// What packing complains about; it must leave no output.
  func complaint(_ request: CelebARequest) throws -> String {
    let error = try #require(throws: PackingError.self) { _ = try packCelebA(request) { _ in } }
    #expect(!FileManager.default.fileExists(atPath: request.output))
    return error.description
  }

  /// Packs until the first block is decoded, then fails on the image that is packed last, which is gone by then and
  /// comes back. Leaves `whole.h5`, packed without interruption.
  func interrupt(_ request: CelebARequest) throws {
    var whole = request
    (whole.output, whole.replacing) = (file("whole.h5"), true)
    _ = try packCelebA(whole) { _ in }
    let last = try #require(try PackedDataset.open(whole.output).sourceRows(of: .test).last)
    let (image, aside) = ("\(images)/\(names[last])", file("aside"))
    #expect(throws: PackingError.self) {
      _ = try packCelebA(request) { if case .decoded = $0 { rename(image, aside) } }
    }
    rename(aside, image)
  }
}

/// All stored bytes of a modality in a split.
func content(_ modality: String, _ split: Split, of dataset: borrowing PackedDataset) throws -> [UInt8] {
  let rowByteCount = try #require(dataset.modalities.first { $0.name == modality }).rowByteCount
  var bytes = [UInt8](repeating: 0, count: dataset.rowCount(of: split) * rowByteCount)
  try bytes.withUnsafeMutableBytes {
    try dataset.readRows(modality, split, 0..<dataset.rowCount(of: split), into: $0)
  }
  return bytes
}
