import Packing
import Storage
import Testing

@Suite struct SplitImageTests {
  private let counts: [Split: Int] = [.train: 2000, .validation: 1, .test: 3]

  /// Two channels of 4 x 6, so that a part is not one piece of a row; every byte of a row differs from its neighbours.
  private func content(_ type: ElementType = .uint8) -> PackedContent {
    let names = (0..<48).map { "value \($0)" }
    return PackedContent(
      modalities: [.label(5), .picture("image", [2, 4, 6], type, names: names), .picture("sound", [7], .float32)],
      rowCounts: counts
    ) { modality, split, row in
      (0..<modality.rowByteCount).map { byte in
        modality.name == "label" ? UInt8(row % 5) : UInt8(truncatingIfNeeded: row &* 31 &+ byte &* 5) & 0x3F
      }
    }
  }

  private func request(
    _ files: PackedFiles, modality: String = "image", _ parts: [String], _ axis: SplitRequest.Axis = .height
  ) -> SplitRequest {
    SplitRequest(
      input: files.file("in.h5"), output: files.file("out.h5"), replacing: false, modality: modality, parts: parts,
      axis: axis, creator: "tests")
  }

  /// Which values of a picture of 2 x 4 x 6 lie in a part.
  private func places(_ index: Int, of count: Int, _ axis: SplitRequest.Axis) -> [Int] {
    (0..<48).filter { place in
      axis == .height ? place / 6 % 4 / (4 / count) == index : place % 6 / (6 / count) == index
    }
  }

  @Test(
    arguments: [
      (SplitRequest.Axis.height, 2, [2, 2, 6]), (.height, 4, [2, 1, 6]), (.width, 2, [2, 4, 3]),
      (.width, 3, [2, 4, 2]),
    ], [ElementType.uint8, .float32])
  func partsAreThoseOfThePicture(_ cut: (SplitRequest.Axis, Int, [Int]), type: ElementType) throws {
    let files = try PackedFiles()
    let (axis, count, shape) = cut
    try content(type).write(to: files.file("in.h5"))
    let parts = (0..<count).map { "part-\($0)" }
    let summary = try splitImage(request(files, parts, axis))
    let whole = try PackedDataset.open(files.file("in.h5"))
    let dataset = try PackedDataset.open(files.file("out.h5"))
    #expect(dataset.fingerprint == summary.fingerprint && summary.rowCounts == counts)
    #expect(try dataset.verify().isEmpty)
    #expect(dataset.modalities.map(\.name) == ["label"] + parts + ["sound"])
    for (index, part) in dataset.modalities[1...count].enumerated() {
      let places = places(index, of: count, axis)
      #expect(part.shape == shape && part.scale == 0.5 && part.likelihood == "gaussian" && part.elementType == type)
      #expect(part.classNames == places.map { "value \($0)" })
      for split in Split.allCases {
        let stored = try PackingTests.content("image", split, of: whole)
        let size = type.byteCount
        var expected: [UInt8] = []
        for row in 0..<counts[split, default: 0] {
          for place in places {
            let first = (row * 48 + place) * size
            expected += stored[first..<(first + size)]
          }
        }
        #expect(try PackingTests.content(part.name, split, of: dataset) == expected)
      }
    }
  }

  @Test func everythingElseStays() throws {
    let files = try PackedFiles()
    try content().write(to: files.file("in.h5"), name: "garments")
    _ = try splitImage(request(files, ["image", "rest"]))
    let whole = try PackedDataset.open(files.file("in.h5"))
    let dataset = try PackedDataset.open(files.file("out.h5"))
    #expect(dataset.name == "garments" && dataset.splitSeed == 3 && dataset.creator == "tests")
    for split in Split.allCases {
      #expect(try dataset.sourceRows(of: split) == whole.sourceRows(of: split))
      for name in ["label", "sound"] {
        #expect(
          try PackingTests.content(name, split, of: dataset) == PackingTests.content(name, split, of: whole))
      }
    }
  }

  @Test(arguments: [
    ("image", ["a", "b", "c"], "in.h5: image has a height of 4, which 3 equal parts do not divide"),
    ("image", ["a"], "name two parts or more, such as top,bottom; found 1"),
    ("image", ["a", "a"], "in.h5: two modalities would be called \"a\"; name the parts otherwise"),
    ("image", ["a", "sound"], "in.h5: two modalities would be called \"sound\"; name the parts otherwise"),
    ("image", ["a", "b c"], "the name of a modality consists of letters, digits, - and _, found \"b c\""),
    ("imagge", ["a", "b"], "in.h5: there is no modality \"imagge\"; did you mean \"image\"?"),
    ("sound", ["a", "b"], "in.h5: sound is of shape [7]; only pictures, [channels, height, width], can be split"),
    ("label", ["a", "b"], "in.h5: label is of shape [5]; only pictures, [channels, height, width], can be split"),
  ])
  func badRequestsAreNamed(modality: String, parts: [String], complaint: String) throws {
    let files = try PackedFiles()
    try content().write(to: files.file("in.h5"))
    let found = try files.complaint { _ = try splitImage(request(files, modality: modality, parts)) }
    #expect(found.hasSuffix(complaint), "\(found)")
  }

  @Test func existingOutputStays() throws {
    let files = try PackedFiles()
    try content().write(to: files.file("in.h5"))
    try files.write([1, 2, 3], "out.h5")
    let found = try files.complaint { _ = try splitImage(request(files, ["a", "b"])) }
    #expect(try found == "out.h5: the file exists already" && files.bytes("out.h5") == [1, 2, 3])
  }
}
