import Glibc
import Packing
import Testing

@Suite struct IDXErrorTests {
  /// Packs and returns the error's text, which must begin with the file's path.
  private func complaint(about name: String, _ source: SyntheticIDX) throws -> String {
    let error = try #require(throws: PackingError.self) { try pack(source) }
    let prefix = source.file(name) + ": "
    #expect(error.description.hasPrefix(prefix), "\(error)")
    return String(error.description.dropFirst(prefix.count))
  }

  private func pack(_ source: SyntheticIDX) throws {
    _ = try packIDX(.mnist, PackRequest(source, output: source.file("out.h5")))
  }

  @Test func badMagicIsNamed() throws {
    let source = try SyntheticIDX()
    try source.edit("train-images-idx3-ubyte") { $0[3] = 1 }
    let complaint = try complaint(about: "train-images-idx3-ubyte", source)
    #expect(complaint.contains("should begin with the bytes [0, 0, 8, 3], found [0, 0, 8, 1]"))
  }

  @Test(arguments: [0, 3, 10, 16, 500])
  func truncatedFileSaysHowMuchIsThere(count: Int) throws {
    let source = try SyntheticIDX()
    try source.edit("t10k-images-idx3-ubyte") { $0 = Array($0.prefix(count)) }
    let complaint = try complaint(about: "t10k-images-idx3-ubyte", source)
    switch count {
    case 0, 3: #expect(complaint.contains("should begin with"))
    case 10: #expect(complaint == "expected a header of 16 bytes, found 10")
    default: #expect(complaint.hasPrefix("cut short: expected 9408 bytes after the header, found \(count - 16)."))
    }
  }

  @Test(arguments: [0.1, 0.5, 0.9, 0.9999])
  func truncatedGzipSaysSo(part: Double) throws {
    let source = try SyntheticIDX(compressed: true)
    try source.edit("train-images-idx3-ubyte.gz") { $0 = Array($0.prefix(Int(Double($0.count) * part))) }
    let complaint = try complaint(about: "train-images-idx3-ubyte.gz", source)
    #expect(complaint.hasPrefix("the gzip stream is cut short or damaged: "))
  }

  @Test func damagedGzipSaysSo() throws {
    let source = try SyntheticIDX(compressed: true)
    try source.edit("train-images-idx3-ubyte.gz") { $0[$0.count - 6] ^= 1 }
    #expect(try complaint(about: "train-images-idx3-ubyte.gz", source).contains("gzip stream"))
  }

  @Test(arguments: [false, true])
  func trailingDataIsAnError(compressed: Bool) throws {
    let source = try SyntheticIDX()
    let bytes = SyntheticIDX.file(magic: [0, 0, 8, 1], [12], [UInt8](repeating: 1, count: 13))
    try source.write(bytes, "t10k-labels-idx1-ubyte", compressed: compressed)
    if compressed { try #require(remove(source.file("t10k-labels-idx1-ubyte")) == 0) }
    let name = "t10k-labels-idx1-ubyte" + (compressed ? ".gz" : "")
    #expect(try complaint(about: name, source) == "expected 12 bytes after the header [12], found more")
  }

  @Test func otherPictureSizesAreNamed() throws {
    let source = try SyntheticIDX()
    try source.edit("train-images-idx3-ubyte") { $0[11] = 27 }
    let complaint = try complaint(about: "train-images-idx3-ubyte", source)
    #expect(complaint == "expected rows of shape [28, 28], found [27, 28]")
  }

  @Test func enormousHeaderDoesNotAskForMemory() throws {
    let source = try SyntheticIDX()
    try source.edit("train-images-idx3-ubyte") { $0.replaceSubrange(4..<8, with: [255, 255, 255, 255]) }
    #expect(try complaint(about: "train-images-idx3-ubyte", source).hasPrefix("cut short"))
  }

  @Test func countsMustAgree() throws {
    let source = try SyntheticIDX()
    let labels = SyntheticIDX.file(magic: [0, 0, 8, 1], [49], [UInt8](repeating: 1, count: 49))
    try source.write(labels, "train-labels-idx1-ubyte")
    let error = try #require(throws: PackingError.self) { try pack(source) }
    let (images, names) = (source.file("train-images-idx3-ubyte"), source.file("train-labels-idx1-ubyte"))
    #expect(error.description == "\(images) has 50 images, but \(names) 49 labels")
  }

  @Test func labelOutOfRangeIsNamed() throws {
    let source = try SyntheticIDX()
    try source.edit("t10k-labels-idx1-ubyte") { $0[8 + 5] = 10 }
    #expect(try complaint(about: "t10k-labels-idx1-ubyte", source) == "expected labels 0 to 9, found 10 in row 5")
  }

  @Test func missingFileNamesAllSpellings() throws {
    let source = try SyntheticIDX()
    try #require(remove(source.file("t10k-images-idx3-ubyte")) == 0)
    let error = try #require(throws: PackingError.self) { try pack(source) }
    #expect(error.description.hasPrefix(source.path + ": there is no t10k-images-idx3-ubyte here"))
    #expect(error.description.contains("t10k-images.idx3-ubyte.gz"))
  }

  @Test func directoryInsteadOfAFileIsNoFile() throws {
    let source = try SyntheticIDX()
    try #require(remove(source.file("t10k-images-idx3-ubyte")) == 0)
    try #require(mkdir(source.file("t10k-images-idx3-ubyte"), 0o777) == 0)
    let error = try #require(throws: PackingError.self) { try pack(source) }
    #expect(error.description.hasPrefix(source.path + ": there is no t10k-images-idx3-ubyte here"))
    let direct = try #require(throws: PackingError.self) { _ = try IDXReader.read(source.path, rowShape: []) }
    #expect(direct.description == source.path + ": Is a directory")
  }

  @Test func missingDirectorySaysSo() throws {
    let source = try SyntheticIDX()
    var request = PackRequest(source, output: source.file("out.h5"))
    request.input = source.file("nowhere")
    let error = try #require(throws: PackingError.self) { _ = try packIDX(.mnist, request) }
    #expect(error.description == source.file("nowhere") + ": No such file or directory")
  }

  @Test func tooFewRowsAreRefused() throws {
    let source = try SyntheticIDX(trainRows: 9)
    let error = try #require(throws: PackingError.self) { try pack(source) }
    #expect(error.description.hasPrefix("at least 10 training rows"))
  }
}
