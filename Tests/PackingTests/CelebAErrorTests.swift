import Foundation
import Packing
import Testing

@Suite struct CelebAErrorTests {
  @Test(arguments: [
    (1, "many", "line 1: expected the number of images, then a line with the names of the attributes"),
    (1, "11", "line 1: it says 11 images, but the file has 10. Get it again"),
    (2, "Male Male", "line 2: the attribute Male is there twice"),
    (2, " ", "line 2: expected the names of the attributes, found nothing"),
    (4, "000002.jpg 1", "line 4: expected a file name and 2 values, found 1 values"),
    (4, "000002.jpg 1 0", "line 4: Male of 000002.jpg is \"0\", not 1 or -1"),
    (5, "000001.jpg 1 1", "line 5: 000001.jpg is also in line 3"),
    (5, " ", "line 5: expected a file name and 2 values, found 0 values"),
  ])
  func badAttributeLineIsNamed(line: Int, text: String, complaint: String) throws {
    let faces = try CelebAFiles(plain: 10)
    try faces.edit("list_attr_celeba.txt", line: line, text)
    #expect(try faces.complaint(faces.request(partitioned: false)) == "\(faces.attributes): \(complaint)")
  }

  @Test func emptyAttributeFileSaysSo() throws {
    let faces = try CelebAFiles(plain: 10)
    try faces.write("", "list_attr_celeba.txt")
    let complaint = try faces.complaint(faces.request(partitioned: false))
    #expect(complaint.hasPrefix("\(faces.attributes): line 1: expected the number of images"))
  }

  @Test func misspeltAttributeIsSuggested() throws {
    let faces = try CelebAFiles(plain: 10)
    let request = faces.request(partitioned: false, AttributeSet("Smilling"))
    #expect(
      try faces.complaint(request)
        == "\(faces.attributes): there is no attribute \"Smilling\"; did you mean \"Smiling\"?")
    let twice = faces.request(partitioned: false, AttributeSet("Male,Male"))
    #expect(try faces.complaint(twice) == "the attribute \"Male\" is listed twice")
  }

  @Test(arguments: [
    (3, "000003.jpg", "line 3: expected a file name and 0, 1 or 2, found 1 words"),
    (3, "000003.jpg 3", "line 3: the part of 000003.jpg is \"3\", not 0, 1 or 2"),
    (3, "900003.jpg 0", "line 3: 900003.jpg is not in ATTRIBUTES"),
    (3, "000002.jpg 0", "line 3: 000002.jpg is there a second time"),
    (3, "", "000003.jpg is missing, which is in ATTRIBUTES"),
  ])
  func badPartitionLineIsNamed(line: Int, text: String, complaint: String) throws {
    let faces = try CelebAFiles(drawn: 10)
    try faces.edit("list_eval_partition.txt", line: line, text)
    let expected = complaint.replacingOccurrences(of: "ATTRIBUTES", with: faces.attributes)
    #expect(try faces.complaint(faces.request()) == "\(faces.partition): \(expected)")
  }

  @Test func everySplitNeedsAnImage() throws {
    let faces = try CelebAFiles(drawn: 10)
    try faces.edit("list_eval_partition.txt", line: 10, "000010.jpg 0")
    #expect(try faces.complaint(faces.request()) == "no image is for test: the partition file names none")
    let few = try CelebAFiles(plain: 9)
    let complaint = try few.complaint(few.request(partitioned: false))
    #expect(complaint == "no image is for validation: 10 images or more are needed, found 9")
  }

  @Test func missingFilesAreNamed() throws {
    let faces = try CelebAFiles(plain: 10)
    var request = faces.request(partitioned: false)
    try FileManager.default.removeItem(atPath: "\(faces.images)/000007.jpg")
    #expect(
      try faces.complaint(request)
        == "\(faces.images)/000007.jpg: No such file or directory, though line 9 of \(faces.attributes) names it. "
        + "Give the directory with the JPEG files")
    request.images = faces.file("nowhere")
    #expect(try faces.complaint(request) == "\(faces.file("nowhere")): No such file or directory")
    request.partition = faces.file("nothing")
    #expect(try faces.complaint(request) == "\(faces.file("nothing")): No such file or directory")
    request.attributes = faces.path
    #expect(try faces.complaint(request) == "\(faces.path): not a regular file")
  }

  @Test(arguments: [0, 2, 100, 500])
  func damagedImageIsNamed(keeping count: Int) throws {
    let faces = try CelebAFiles(plain: 10)
    let path = "\(faces.images)/000004.jpg"
    let whole = try faces.read(path)
    try whole.prefix(min(count, whole.count - 20)).write(to: URL(filePath: path))
    let complaint = try faces.complaint(faces.request(partitioned: false))
    #expect(complaint.hasPrefix("\(path): not a JPEG file or a damaged one: "), "\(complaint)")
  }

  /// Whichever thread finds out first: the first one takes longer, since only its end is missing.
  @Test func firstOfTwoDamagedImagesIsNamed() throws {
    let faces = try CelebAFiles(drawn: 40)
    let (first, second) = ("\(faces.images)/000039.jpg", "\(faces.images)/000040.jpg")
    try faces.read(first).dropLast(200).write(to: URL(filePath: first))
    try Data("not a picture".utf8).write(to: URL(filePath: second))
    for _ in 0..<20 { #expect(try faces.complaint(faces.request(threads: 4)).hasPrefix("\(first): ")) }
  }

  @Test func cmykIsRefused() throws {
    let faces = try CelebAFiles(plain: 10)
    let path = "\(faces.images)/000002.jpg"
    try #require(Data(base64Encoded: PillowGolden.cmykFile)).write(to: URL(filePath: path))
    let complaint = try faces.complaint(faces.request(partitioned: false))
    #expect(complaint == "\(path): a CMYK picture; convert it to RGB")
  }
}
