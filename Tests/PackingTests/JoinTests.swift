import Packing
import Storage
import Testing

@Suite struct JoinTests {
  private let splits = Split.allCases

  /// Pictures whose first bytes are the row's number, in classes by `label`. The second pictures are larger than a
  /// block of gathered rows, together.
  private func content(
    _ rowCounts: [Int], shape: [Int] = [2, 2, 2], classCount: Int = 3, names: [String] = [],
    _ label: @escaping (Split, Int) -> Int
  ) -> PackedContent {
    PackedContent(
      modalities: [.picture("image", shape), .label(classCount, names: names)],
      rowCounts: Dictionary(uniqueKeysWithValues: zip(splits, rowCounts))
    ) { modality, split, row in
      guard modality.name == "image" else { return [UInt8(label(split, row))] }
      let place = splits.firstIndex(of: split) ?? 0
      let start = [UInt8(row / 256), UInt8(row % 256), UInt8(place)]
      return start + [UInt8](repeating: 7, count: modality.rowByteCount - 3)
    }
  }

  private func request(
    _ files: PackedFiles, names: [String]? = ["digit", "garment"], seed: Int = 1, label: String = "label",
    output: String = "out.h5"
  ) -> JoinRequest {
    JoinRequest(
      first: files.file("a.h5"), second: files.file("b.h5"), output: files.file(output), replacing: false,
      label: label, names: names, seed: seed, creator: "tests")
  }

  /// The rows that the second file's pictures came from.
  private func partners(_ split: Split, of dataset: borrowing PackedDataset) throws -> [Int] {
    let bytes = try content("garment", split, of: dataset)
    let size = bytes.count / dataset.rowCount(of: split)
    return stride(from: 0, to: bytes.count, by: size).map { Int(bytes[$0]) * 256 + Int(bytes[$0 + 1]) }
  }

  private func content(_ name: String, _ split: Split, of dataset: borrowing PackedDataset) throws -> [UInt8] {
    try PackingTests.content(name, split, of: dataset)
  }

  /// 3000 rows of 4 KiB are more than the 8 MiB that are gathered at once.
  @Test func rowsMeetWithinTheirClassAndSplit() throws {
    let files = try PackedFiles()
    try content([2800, 30, 9], names: ["x", "y", "z"]) { $1 * 7 % 3 }.write(
      to: files.file("a.h5"), name: "first", sourceRowsFrom: 100)
    try content([3000, 36, 12], shape: [64, 64]) { $1 / 4 % 3 }.write(to: files.file("b.h5"), name: "second")
    let summary = try joinDatasets(request(files)) { Issue.record("an unexpected note: \($0)") }
    let first = try PackedDataset.open(files.file("a.h5"))
    let joined = try PackedDataset.open(files.file("out.h5"))
    #expect(try joined.verify().isEmpty && joined.fingerprint == summary.fingerprint)
    #expect(joined.modalities.map(\.name) == ["digit", "garment", "label"])
    #expect(joined.modalities[1].shape == [64, 64] && joined.modalities[2].classNames == ["x", "y", "z"])
    #expect(joined.name == "first+second" && joined.splitSeed == 3 && joined.creator == "tests, join --seed 1")
    for split in splits {
      #expect(try content("digit", split, of: joined) == content("image", split, of: first))
      #expect(try content("label", split, of: joined) == content("label", split, of: first))
      #expect(try joined.sourceRows(of: split) == first.sourceRows(of: split))
      let labels = try content("label", split, of: joined)
      let partners = try partners(split, of: joined)
      #expect(zip(partners, labels).allSatisfy { $0 / 4 % 3 == Int($1) })
      let pictures = try content("garment", split, of: joined)
      let place = try #require(splits.firstIndex(of: split))
      #expect(partners.indices.allSatisfy { pictures[$0 * 4096 + 2] == place && pictures[$0 * 4096 + 3] == 7 })
      #expect(Set(partners).count == partners.count, "no row is taken twice when there are enough")
      #expect(partners != partners.sorted())
    }
  }

  @Test func rowsAreTakenAgainOnlyWhenAllWere() throws {
    let files = try PackedFiles()
    try content([100, 5, 5]) { $1 % 2 }.write(to: files.file("a.h5"))
    try content([21, 2, 2]) { $1 % 2 }.write(to: files.file("b.h5"))
    _ = try joinDatasets(request(files)) { _ in }
    let joined = try PackedDataset.open(files.file("out.h5"))
    let uses = Dictionary(grouping: try partners(.train, of: joined)) { $0 }.mapValues(\.count)
    #expect(uses.count == 21)
    for (row, count) in uses { #expect(row % 2 == 0 ? 4...5 ~= count : count == 5, "row \(row)") }
  }

  @Test func seedDecides() throws {
    let files = try PackedFiles()
    try content([50, 5, 5]) { $1 % 3 }.write(to: files.file("a.h5"))
    try content([60, 6, 6]) { $1 % 3 }.write(to: files.file("b.h5"))
    for (name, seed) in [("1", 1), ("same", 1), ("2", 2)] {
      _ = try joinDatasets(request(files, seed: seed, output: name)) { _ in }
    }
    #expect(try files.bytes("1") == files.bytes("same"))
    #expect(
      try partners(.train, of: PackedDataset.open(files.file("1")))
        != partners(.train, of: PackedDataset.open(files.file("2"))))
  }

  @Test func classNamesAreThoseOfTheFirstFileThatHasThem() throws {
    for (first, second, kept, notes) in [
      ([], ["x", "y", "z"], ["x", "y", "z"], 0), (["a", "b", "c"], ["x", "y", "z"], ["a", "b", "c"], 1),
      (["a", "b", "c"], ["a", "b", "c"], ["a", "b", "c"], 0),
    ] {
      let files = try PackedFiles()
      try content([3, 3, 3], names: first) { $1 }.write(to: files.file("a.h5"))
      try content([3, 3, 3], names: second) { $1 }.write(to: files.file("b.h5"))
      var said: [String] = []
      _ = try joinDatasets(request(files)) { said.append($0) }
      #expect(try PackedDataset.open(files.file("out.h5")).modalities[2].classNames == kept)
      #expect(said.count == notes && said.allSatisfy { $0.contains("differently") && $0.contains("a.h5") })
    }
  }

  @Test("Classes of the same names in another order meet by name; names that differ in part are refused")
  func classesMeetByName() throws {
    let files = try PackedFiles()
    try content([6, 3, 3], names: ["ant", "bee", "cat"]) { $1 % 3 }.write(to: files.file("a.h5"))
    try content([6, 3, 3], names: ["cat", "ant", "bee"]) { $1 % 3 }.write(to: files.file("b.h5"))
    _ = try joinDatasets(request(files)) { Issue.record("an unexpected note: \($0)") }
    let joined = try PackedDataset.open(files.file("out.h5"))
    let labels = try content("label", .train, of: joined)
    // Class k of the first file is class k + 1 of the second.
    let rows = try partners(.train, of: joined)
    #expect(zip(rows, labels).allSatisfy { $0 % 3 == (Int($1) + 1) % 3 })
    try content([6, 3, 3], names: ["bee", "cat", "dog"]) { $1 % 3 }.write(to: files.file("c.h5"))
    var other = request(files, output: "no.h5")
    other.second = files.file("c.h5")
    let complaint = try files.complaint { _ = try joinDatasets(other) { _ in } }
    #expect(complaint.contains("has the classes ant, bee, cat in a.h5, but bee, cat, dog in c.h5"))
  }

  @Test func badRequestsAreNamed() throws {
    let files = try PackedFiles()
    try content([30, 3, 3], names: ["x", "y", "z"]) { $1 % 3 }.write(to: files.file("a.h5"))
    try content([30, 3, 2], names: ["x", "y", "z"]) { $1 % 3 }.write(to: files.file("b.h5"))
    func complaint(_ request: JoinRequest) throws -> String {
      try files.complaint { _ = try joinDatasets(request) { _ in } }
    }
    let wanted = "give --names with 2 names, for image of a.h5 and image of b.h5"
    #expect(try complaint(request(files, names: nil)) == "two modalities would be called \"image\": \(wanted)")
    #expect(try complaint(request(files, names: ["x"])) == "\(wanted); found 1")
    #expect(
      try complaint(request(files, names: ["x", "label"])) == "two modalities would be called \"label\": \(wanted)")
    #expect(
      try complaint(request(files, label: "labl"))
        == "a.h5: there is no modality \"labl\"; did you mean \"label\"?")
    #expect(
      try complaint(request(files, label: "image"))
        == "a.h5: image holds values; rows can be joined on classes only")
    #expect(try complaint(request(files, seed: -1)) == "the seed is a whole number from 0 on, found -1")
    #expect(
      try complaint(request(files))
        == "b.h5: its test rows have none whose label is 2 (z), which a.h5 has; --outer keeps rows without a partner")
  }

  @Test("An outer join keeps the rows of both files, with gaps where there is no partner")
  func outer() throws {
    let files = try PackedFiles()
    // Classes 0 and 1 meet; 2 is in the first file alone, 3 in the second.
    try content([6, 3, 3], classCount: 4) { $1 % 3 }.write(to: files.file("a.h5"))
    try content([8, 3, 2], classCount: 4) { split, row in split == .test ? 3 : [0, 1, 3][row % 3] }.write(
      to: files.file("b.h5"))
    var request = request(files)
    request.isOuter = true
    _ = try joinDatasets(request) { _ in }
    let joined = try PackedDataset.open(files.file("out.h5"))
    #expect(try joined.verify().isEmpty)
    #expect(splits.map { joined.rowCount(of: $0) } == [10, 4, 5])
    let (digits, garments) = (try joined.mask("digit", .train), try joined.mask("garment", .train))
    #expect(garments.prefix(6).map { $0 } == [true, true, false, true, true, false])
    #expect(digits == [Bool](repeating: true, count: 6) + [Bool](repeating: false, count: 4))
    #expect(garments.suffix(4).allSatisfy { $0 })
    let labels = try joined.classIndices(of: joined.modalities[2], .train).compactMap(\.self)
    #expect(labels.prefix(6) == [0, 1, 2, 0, 1, 2] && labels.suffix(4).sorted() == [0, 1, 3, 3])
    #expect(try joined.mask("digit", .test) == [true, true, true, false, false])
    for split in splits { #expect(Set(try joined.sourceRows(of: split)).count == joined.rowCount(of: split)) }
  }

  @Test func classCountsMustAgree() throws {
    let files = try PackedFiles()
    try content([3, 3, 3]) { $1 }.write(to: files.file("a.h5"))
    try content([3, 3, 3], classCount: 4) { $1 }.write(to: files.file("b.h5"))
    let found = try files.complaint { _ = try joinDatasets(request(files)) { _ in } }
    #expect(found == "label has 3 classes in a.h5, but 4 in b.h5")
  }
}
