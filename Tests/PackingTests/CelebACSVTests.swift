import Foundation
import Packing
import Storage
import Testing

/// The CSV edition of CelebA, with its nested directory.
@Suite struct CelebACSVTests {
  /// The same faces in both editions.
  private func converted(_ faces: CelebAFiles, lineEnd: String) throws -> CelebARequest {
    func words(_ path: String) throws -> [[Substring]] {
      String(decoding: try faces.read(path), as: UTF8.self).split(separator: "\n").map { $0.split(separator: " ") }
    }
    let attributes = try words(faces.attributes).dropFirst()
    let lines = [["image_id"] + attributes[1]] + attributes.dropFirst()
    try faces.write(
      lines.map { $0.joined(separator: ",") }.joined(separator: lineEnd) + lineEnd, "list_attr_celeba.csv")
    let partition = [["image_id", "partition"]] + (try words(faces.partition))
    try faces.write(partition.map { $0.joined(separator: ",") }.joined(separator: "\n"), "list_eval_partition.csv")
    try FileManager.default.createDirectory(atPath: faces.file("kaggle"), withIntermediateDirectories: true)
    try FileManager.default.moveItem(atPath: faces.images, toPath: faces.file("kaggle/img_align_celeba"))
    var request = faces.request()
    (request.images, request.output) = (faces.file("kaggle"), faces.file("csv.h5"))
    request.attributes = faces.file("list_attr_celeba.csv")
    request.partition = faces.file("list_eval_partition.csv")
    return request
  }

  @Test func csvEditionIsTheSame() throws {
    let faces = try CelebAFiles(drawn: 20)
    let text = try packCelebA(faces.request()) { _ in }
    let csv = try packCelebA(converted(faces, lineEnd: "\r\n")) { _ in }
    #expect(csv.fingerprint == text.fingerprint)
    #expect(
      try PackedDataset.open(faces.output).sourceRows(of: .train)
        == PackedDataset.open(faces.file("csv.h5")).sourceRows(of: .train))
  }

  @Test func badLinesOfTheCSVEditionAreNamed() throws {
    let faces = try CelebAFiles(drawn: 10)
    let request = try converted(faces, lineEnd: "\n")
    let count = try String(decoding: faces.read(request.attributes), as: UTF8.self).prefix { $0 != "\n" }.count {
      $0 == ","
    }
    try faces.edit("list_eval_partition.csv", line: 4, "000003.jpg,9")
    #expect(
      try faces.complaint(request)
        == "\(faces.file("list_eval_partition.csv")): line 4: the part of 000003.jpg is \"9\", not 0, 1 or 2")
    try faces.edit("list_attr_celeba.csv", line: 3, "000002.jpg,1")
    #expect(
      try faces.complaint(request)
        == "\(request.attributes): line 3: expected a file name and \(count) values, found 1 values")
    try faces.write("image_id\n", "list_attr_celeba.csv")
    #expect(try faces.complaint(request).contains("line 1: expected a column with the images and further columns"))
  }
}
