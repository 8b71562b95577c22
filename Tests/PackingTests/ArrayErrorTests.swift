import Foundation
import Packing
import Storage
import Testing

@Suite struct ArrayErrorTests {
  /// The text of the error that packing a file with these bytes ends in.
  private func complaint(
    _ bytes: [UInt8], _ likelihood: ArraySource.Likelihood? = nil, shape: [Int]? = nil, classNames: [String] = []
  ) throws -> String {
    let files = try PackedFiles()
    try files.write(bytes, "x.npy")
    let source = files.source("x", likelihood, shape: shape, classNames: classNames)
    return try files.complaint { _ = try packArrays(files.request([source])) { _ in } }
  }

  private func with(header: String) throws -> String {
    try complaint(NPYBytes.file(header: header, [UInt8](repeating: 0, count: 80)))
  }

  @Test(arguments: [
    "", "{", "{'descr': '<f4', 'fortran_order': False, 'shape': (20,)", "{'descr': '<f4' 'shape': (20,)}",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (20,), } x",
    "{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (20,), }",
    "{'descr': '<f4', 'fortran_order': false, 'shape': (20,), }",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (-20,), }",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,), }",
    "{'descr': '<f4', 'fortran_order': False, 'shape': (20, }", "{'descr': '<f4",
    "{'descr': [('a', '<f4'), 'fortran_order': False, 'shape': (20,), }",
  ])
  func malformedHeadersAreRefused(header: String) throws {
    #expect(try with(header: header).hasPrefix("x.npy: the header is not one that NumPy writes, from "))
  }

  @Test func headersThatSaySomethingElseAreExplained() throws {
    #expect(
      try with(header: "{'descr': '<f4', 'shape': (20,), }")
        == "x.npy: the header should have descr, fortran_order and shape, found [\"descr\", \"shape\"]")
    for descr in ["'<f3'", "'<c8'", "'<U'", "'|O'", "'<M8[ns]'", "'f4'", "''", "[('a', '<f4', (2,)), ('b', '<i2')]"] {
      let found = try with(header: "{'descr': \(descr), 'fortran_order': False, 'shape': (20,), }")
      #expect(
        found.hasPrefix("x.npy: numbers of this type cannot be packed (\(descr.replacing("'", with: ""))")
          || found.hasPrefix("x.npy: numbers of this type cannot be packed (\(descr)"), "\(found)")
    }
    #expect(
      try with(header: "{'descr': '<f4', 'fortran_order': 'no', 'shape': (20,), }")
        == "x.npy: fortran_order should be True or False, and shape a tuple")
    #expect(try with(header: NPYBytes.header("<f4", [])).contains("found a single number"))
    #expect(try with(header: NPYBytes.header("<f4", [20, 0])) == "x.npy: the array is empty, its shape is [20, 0]")
    #expect(
      try with(header: NPYBytes.header("<f4", [1 << 40, 1 << 40])).hasPrefix("x.npy: no file can hold the shape"))
  }

  @Test func longDoublesAreExplained() throws {
    let found = try with(header: NPYBytes.header("<f16", [5]))
    #expect(found.contains("long doubles") && found.contains("array.astype(numpy.float64)"))
  }

  @Test("Names that cannot be are refused before anything is read")
  func names() throws {
    let files = try PackedFiles()
    func complaint(_ name: String, _ classNames: [String] = []) throws -> String {
      let source = ArraySource(name: name, path: files.file("none.npy"), classNames: classNames)
      return try files.complaint { _ = try packArrays(files.request([source])) { _ in } }
    }
    #expect(try complaint("core") == "a modality cannot be called core")
    #expect(try complaint("a b").hasPrefix("the name of a modality consists of letters, digits, - and _"))
    #expect(try complaint("x", ["cat", "dog", "cat"]) == "the class names of x: \"cat\" is there twice")
    #expect(try complaint("x", ["cat", ""]) == "the class names of x: one is empty")
  }

  @Test("An empty text names no class, as in tables: the row lacks it")
  func emptyTexts() throws {
    let files = try PackedFiles()
    let texts = (0..<20).map { $0 == 7 ? 0 : UInt8(ascii: "a") + UInt8($0 % 2) }
    try files.write(NPYBytes.file(header: NPYBytes.header("|S1", [20]), texts), "x.npy")
    let modality = try ArrayModality(files.source("x"), spoolingIn: files.path)
    #expect(modality.description.classNames == ["a", "b"])
    #expect((0..<20).filter { !modality.isPresent($0) } == [7])
  }

  @Test func shapesThatNoNumberCountsAreRefused() throws {
    let sound = NPYBytes.floats([Float](repeating: 1, count: 20), [20])
    #expect(try complaint(sound, shape: [1 << 40, 1 << 40, 1]).contains("x cannot have shape"))
  }

  @Test func filesOfAnotherSizeAreRefused() throws {
    let sound = NPYBytes.floats([Float](repeating: 1, count: 20), [20])
    #expect(
      try complaint(Array(sound.dropLast(3)))
        == "x.npy: cut short: expected 80 bytes of float32 in the shape [20], found 77")
    #expect(try complaint(sound + [0]) == "x.npy: expected 80 bytes of float32 in the shape [20], found 81")
    #expect(try complaint(Array(sound.prefix(40))).hasPrefix("x.npy: cut short: expected a header of"))
    for count in [0, 5, 11] { #expect(try complaint(Array(sound.prefix(count))).contains("not a .npy file")) }
    #expect(try complaint([UInt8](repeating: 65, count: 500)).contains("not a .npy file"))
    #expect(
      try complaint(NPYBytes.file(header: "", [], version: 4))
        == "x.npy: version 4 of the .npy format; versions 1 to 3 are known")
    var enormous = NPYBytes.file(header: "", [UInt8](repeating: 0, count: 50), version: 2)
    enormous.replaceSubrange(8..<12, with: [255, 255, 255, 255])
    #expect(try complaint(enormous).contains("claims to have 4294967295 bytes"))
  }

  /// The bad value lies in a later block than the first: a row has 4 bytes, a block half a megabyte.
  @Test func forbiddenValuesAreNamedWithTheirRow() throws {
    func array(_ bad: Float) -> [UInt8] {
      var values = [Float](repeating: 0.5, count: 300_000)
      values[299_990] = bad
      return NPYBytes.floats(values, [150_000, 2])
    }
    #expect(
      try complaint(array(1.5), .bernoulli)
        == "x.npy: row 149995 has 1.5; values of a bernoulli likelihood lie between 0 and 1, and grey levels 0 to 255 "
        + "are of uint8")
    #expect(try complaint(array(-0.25), .bernoulli).hasPrefix("x.npy: row 149995 has -0.25;"))
    #expect(try complaint(array(.nan)).hasPrefix("x.npy: row 149995 has nan; values of a gaussian likelihood are"))
    #expect(try complaint(array(-.infinity), .gaussian).hasPrefix("x.npy: row 149995 has -inf;"))
  }

  @Test func doublesBeyondFloatAreNamed() throws {
    let values = (0..<20).map { $0 == 13 ? 1e39 : 2.0 }
    #expect(try complaint(NPYBytes.doubles(values, [20])).hasPrefix("x.npy: row 13 has 1e+39; values of a gaussian"))
  }

  @Test func classesAreCheckedAgainstTheirNames() throws {
    let classes = NPYBytes.integers((0..<20).map { Int32($0 == 7 ? 3 : $0 % 2) }, [20], "<i4")
    #expect(
      try complaint(classes, classNames: ["a", "b", "c"])
        == "x.npy: row 7 has 3; the classes are 0 to 2; for other data name gaussian as the likelihood")
    let negative = NPYBytes.integers((0..<20).map { Int8($0 == 4 ? -1 : 1) }, [20], "|i1")
    #expect(try complaint(negative).hasPrefix("x.npy: row 4 has -1; the classes are 0 to"))
    let identifiers = NPYBytes.integers((0..<20).map { UInt64.max - UInt64($0) }, [20], "<u8")
    #expect(try complaint(identifiers).hasPrefix("x.npy: row 0 has 1.8446744073709552e+19; the classes are 0 to 65535"))
    #expect(
      try complaint(NPYBytes.floats([Float](repeating: 1.5, count: 20), [20]), .categorical)
        == "x.npy: row 0 has 1.5; class indices are whole numbers")
    #expect(
      try complaint(NPYBytes.floats([Float](repeating: 1, count: 20), [20]), .gaussian, classNames: ["a"])
        == "x is gaussian; only a categorical modality has class names")
  }

  @Test func rowsThatAreNotOneHotAreNamed() throws {
    var oneHot = (0..<20).flatMap { row in (0..<3).map { $0 == row % 3 ? 1 : 0 as Float } }
    func found() throws -> String { try complaint(NPYBytes.floats(oneHot, [20, 3]), .categorical) }
    #expect(
      try complaint(NPYBytes.floats(oneHot, [20, 3]), .categorical, classNames: ["a", "b"])
        == "x.npy: 2 class names are given for rows of 3 classes")
    oneHot[3 * 17 + 1] = 1
    #expect(try found() == "x.npy: row 17 is not one-hot: expected a single 1 among zeros")
    oneHot.replaceSubrange(36..<39, with: [0, 0, 0])
    #expect(try found().hasPrefix("x.npy: row 12 is not one-hot"))
    oneHot.replaceSubrange(6..<9, with: [0.5, 0.5, 0])
    #expect(try found().hasPrefix("x.npy: row 2 is not one-hot"))
    #expect(
      try complaint(NPYBytes.floats([Float](repeating: 1, count: 80), [20, 2, 2]), .categorical)
        == "x.npy: classes are one index a row, or one-hot rows; the rows have shape [2, 2]")
  }

  @Test func shapesThatCannotBeAreNamed() throws {
    let array = NPYBytes.floats([Float](repeating: 1, count: 240), [20, 2, 2, 3])
    #expect(try complaint(array).contains("rows of shape [2, 2, 3] are no vector and no picture with channels first"))
    #expect(
      try complaint(array, shape: [1, 2, 3])
        == "x.npy: x cannot have shape [1, 2, 3]: the rows of the array are of shape [2, 2, 3]")
    let deep = NPYBytes.floats([Float](repeating: 1, count: 320), [20, 2, 2, 2, 2])
    #expect(try complaint(deep).contains("rows of shape [2, 2, 2, 2] are no vector"))
  }

  @Test func arraysMustFitTogether() throws {
    let files = try PackedFiles()
    try files.write(NPYBytes.integers((0..<20).map { UInt8($0) }, [20], "|u1"), "x.npy")
    try files.write(NPYBytes.integers((0..<19).map { UInt8($0) }, [19], "|u1"), "y.npy")
    func complaint(_ sources: [ArraySource], _ division: ArrayRequest.Division? = nil) throws -> String {
      try files.complaint {
        _ = try packArrays(files.request(sources, division: division ?? .fractions(validation: 0.1, test: 0.1))) { _ in
        }
      }
    }
    let x = files.source("x")
    #expect(try complaint([x, files.source("y")]) == "x.npy has 20 rows, but y.npy 19")
    #expect(try complaint([x, x]) == "two modalities are called \"x\"")
    #expect(try complaint([]) == "name at least one array")
    #expect(try complaint([x, files.source("z")]) == "z.npy: No such file or directory")
    #expect(try complaint([x], .file(files.file("y.npy"))) == "x.npy has 20 rows, but y.npy 19")
    #expect(
      try complaint([x], .file(files.file("x.npy")))
        == "x.npy: row 3 has 3; a row belongs to 0 (train), 1 (validation) or 2 (test)")
    for (validation, test) in [(0, 0.1), (0.1, -0.1), (0.5, 0.5), (.nan, 0.1)] {
      #expect(
        try complaint([x], .fractions(validation: validation, test: test))
          == "the fractions for validation and test are above 0 and together below 1")
    }
    #expect(
      try complaint([x], .fractions(validation: 0.01, test: 0.1))
        == "of 20 rows none would be in the validation split")
  }
}
