import Packing
import Storage
import Testing

extension PackedFiles {
  func request(
    _ sources: [ArraySource], division: ArrayRequest.Division = .fractions(validation: 0.1, test: 0.2), seed: Int = 1,
    output: String = "out.h5"
  ) -> ArrayRequest {
    ArrayRequest(
      sources: sources, output: file(output), replacing: false, name: "arrays", division: division, seed: seed,
      creator: "tests")
  }

  func source(
    _ name: String, _ likelihood: ArraySource.Likelihood? = nil, shape: [Int]? = nil, classNames: [String] = []
  ) -> ArraySource {
    ArraySource(
      name: name, path: file(name + ".npy"), likelihood: likelihood, shape: shape, classNames: classNames)
  }
}

@Suite struct PackArraysTests {
  /// Twenty rows, the number of each in its values.
  private let rows = 0..<20

  /// Packs one array and returns how it is described, the stored rows in the order of the array, and what was said.
  private func pack(
    _ bytes: [UInt8], _ likelihood: ArraySource.Likelihood? = nil, shape: [Int]? = nil, classNames: [String] = []
  ) throws -> (modality: ModalityDescription, rows: [[UInt8]], note: String) {
    let files = try PackedFiles()
    try files.write(bytes, "x.npy")
    var notes: [String] = []
    let source = files.source("x", likelihood, shape: shape, classNames: classNames)
    _ = try packArrays(files.request([source])) { notes.append($0) }
    let dataset = try PackedDataset.open(files.file("out.h5"))
    #expect(try dataset.verify().isEmpty)
    let size = dataset.modalities[0].rowByteCount
    var found: [Int: [UInt8]] = [:]
    for split in Split.allCases {
      let stored = try content("x", split, of: dataset)
      for (place, row) in try dataset.sourceRows(of: split).enumerated() {
        found[row] = Array(stored[(place * size)..<((place + 1) * size)])
      }
    }
    try #require(found.count == rows.count && notes.count == 1)
    return (dataset.modalities[0], rows.map { found[$0] ?? [] }, notes[0])
  }

  private func bytes(_ values: [Float]) -> [UInt8] { values.withUnsafeBytes { Array($0) } }

  private func integers<Number: FixedWidthInteger>(_: Number.Type, _ descr: String) throws {
    let values = rows.map { Number($0) * 5 }
    let (modality, stored, _) = try pack(NPYBytes.integers(values, [20], descr), .gaussian)
    #expect(modality.shape == [1] && modality.likelihood == "gaussian")
    if Number.self == UInt8.self {
      #expect(stored == rows.map { [UInt8($0 * 5)] } && modality.scale == 1 / 255)
    } else {
      #expect(stored == rows.map { bytes([Float($0 * 5)]) } && modality.scale == 1, "\(descr)")
    }
  }

  @Test func headersOfPython2AreRead() throws {
    let header = "{'descr': '<f4', 'fortran_order': False, 'shape': (20L, 1L), }"
    let values = rows.map { Float($0) * 1.5 }
    #expect(try pack(NPYBytes.file(header: header, bytes(values))).rows == values.map { bytes([$0]) })
  }

  @Test func everyTypeIsReadInBothByteOrders() throws {
    try integers(UInt8.self, "|u1")
    try integers(Int8.self, "|i1")
    for order in ["<", ">"] {
      try integers(UInt16.self, order + "u2")
      try integers(Int16.self, order + "i2")
      try integers(UInt32.self, order + "u4")
      try integers(Int32.self, order + "i4")
      try integers(UInt64.self, order + "u8")
      try integers(Int64.self, order + "i8")
      let values = rows.map { Double($0) * 1.1 - 7 }
      let floats = NPYBytes.floats(values.map { Float($0) }, [20, 1], order + "f4")
      #expect(try pack(floats).rows == values.map { bytes([Float($0)]) })
      let doubles = NPYBytes.doubles(values, [20, 1], order + "f8")
      #expect(try pack(doubles).rows == values.map { bytes([Float($0)]) })
    }
  }

  @Test func negativeNumbersKeepTheirSign() throws {
    let values = rows.map { Int16($0) - 300 }
    #expect(try pack(NPYBytes.integers(values, [20, 1], ">i2")).rows == values.map { bytes([Float($0)]) })
  }

  @Test(arguments: [1, 2, 3] as [UInt8])
  func everyVersionIsRead(version: UInt8) throws {
    let stored = try pack(NPYBytes.integers(rows.map { Int32($0) }, [20], "<i4", version: version)).rows
    #expect(stored == rows.map { [UInt8($0)] })
  }

  @Test func wholeNumbersWithOneAxisAreClasses() throws {
    let (modality, stored, note) = try pack(NPYBytes.integers(rows.map { Int64($0 % 7) }, [20], "<i8"))
    #expect(modality.encoding == .classIndex && modality.shape == [7] && modality.elementType == .uint8)
    #expect(stored == rows.map { [UInt8($0 % 7)] })
    #expect(note.contains("int64 from 0 to 6, categorical (by its content") && note.contains("7 classes"))
    let many = try pack(NPYBytes.integers(rows.map { UInt16($0 * 100) }, [20], "<u2"))
    #expect(many.modality.shape == [1901] && many.modality.elementType == .int32)
    #expect(many.rows[3] == [44, 1, 0, 0])
  }

  @Test func namesDecideHowManyClassesThereAre() throws {
    let bytes = NPYBytes.integers(rows.map { UInt8($0 % 2) }, [20, 1], "|u1")
    let (modality, _, note) = try pack(bytes, .categorical, classNames: ["cat", "dog", "fish"])
    #expect(modality.shape == [3] && modality.classNames == ["cat", "dog", "fish"])
    #expect(!note.contains("by its content"))
  }

  @Test func oneHotRowsBecomeIndices() throws {
    let oneHot = rows.flatMap { row in (0..<4).map { $0 == row * 3 % 4 ? 1 : 0 as Float } }
    let (modality, stored, note) = try pack(NPYBytes.floats(oneHot, [20, 4]), .categorical)
    #expect(modality.encoding == .classIndex && modality.shape == [4])
    #expect(stored == rows.map { [UInt8($0 * 3 % 4)] } && note.contains("one-hot"))
  }

  @Test func bytesAreGreyLevelsUnlessTheyAreOnlyZeroAndOne() throws {
    let grey: [UInt8] = rows.flatMap { [UInt8($0), 255] as [UInt8] }
    for likelihood in [nil, .bernoulli, .gaussian] as [ArraySource.Likelihood?] {
      let (modality, stored, note) = try pack(NPYBytes.integers(grey, [20, 2], "|u1"), likelihood)
      #expect(modality.likelihood == (likelihood ?? .bernoulli).rawValue && modality.scale == 1 / 255)
      #expect(stored == rows.map { [UInt8($0), 255] } && note.contains("1/255"))
    }
    let binary: [UInt8] = rows.flatMap { [UInt8($0 % 2), 1] as [UInt8] }
    let (modality, stored, note) = try pack(NPYBytes.integers(binary, [20, 2], "|b1"))
    #expect(modality.likelihood == "bernoulli" && modality.scale == 1 && modality.elementType == .uint8)
    #expect(stored == rows.map { [UInt8($0 % 2), 1] } && !note.contains("1/255"))
  }

  @Test func valuesFromZeroToOneAreBernoulliAndOthersGaussian() throws {
    let (small, stored, _) = try pack(NPYBytes.doubles(rows.map { Double($0) / 19 }, [20]))
    #expect(small.likelihood == "bernoulli" && small.elementType == .float32 && small.scale == 1)
    #expect(stored == rows.map { bytes([Float(Double($0) / 19)]) })
    #expect(try pack(NPYBytes.doubles(rows.map { Double($0) / 18 }, [20])).modality.likelihood == "gaussian")
  }

  @Test func shapesBecomeVectorsAndPictures() throws {
    func shape(_ row: [Int], stated: [Int]? = nil) throws -> [Int] {
      let count = 20 * row.reduce(1, *)
      let array = NPYBytes.floats([Float](repeating: 2, count: count), [20] + row)
      return try pack(array, shape: stated).modality.shape
    }
    #expect(try shape([]) == [1])
    #expect(try shape([6]) == [6])
    #expect(try shape([4, 6]) == [1, 4, 6])
    #expect(try shape([3, 4, 6]) == [3, 4, 6])
    #expect(try shape([3, 1, 1]) == [3, 1, 1])
    #expect(try shape([4, 6, 1], stated: [1, 4, 6]) == [1, 4, 6])
    #expect(try shape([2, 2, 2, 2], stated: [16]) == [16])
  }

  /// 2000 rows of 8 KiB are more than the 8 MiB that are gathered at once.
  @Test func rowsStayTogetherInLongArrays() throws {
    let files = try PackedFiles()
    var pictures = [UInt8](repeating: 9, count: 2000 * 8192)
    for row in 0..<2000 {
      pictures[row * 8192] = UInt8(row / 256)
      pictures[row * 8192 + 1] = UInt8(row % 256)
    }
    try files.write(NPYBytes.integers(pictures, [2000, 8192], "|u1"), "picture.npy")
    try files.write(NPYBytes.integers((0..<2000).map { UInt32($0) }, [2000], ">u4"), "number.npy")
    let sources = [files.source("picture"), files.source("number")]
    let summary = try packArrays(files.request(sources)) { _ in }
    #expect(summary.rowCounts == [.train: 1400, .validation: 200, .test: 400])
    let dataset = try PackedDataset.open(files.file("out.h5"))
    #expect(dataset.name == "arrays" && dataset.splitSeed == 1 && dataset.creator == "tests")
    #expect(dataset.fingerprint == summary.fingerprint)
    var all: [Int] = []
    for split in Split.allCases {
      let rows = try dataset.sourceRows(of: split)
      let pictures = try content("picture", split, of: dataset)
      let numbers = rows.indices.map { Int(pictures[$0 * 8192]) << 8 | Int(pictures[$0 * 8192 + 1]) }
      #expect(numbers == rows)
      #expect(try dataset.classIndices(of: dataset.modalities[1], split) == rows.map(Optional.init))
      #expect((rows == rows.sorted()) == (split != .train), "only the training rows are shuffled")
      all += rows
    }
    #expect(all.sorted() == Array(0..<2000))
  }

  @Test func givenSplitsAreKept() throws {
    let files = try PackedFiles()
    try files.write(NPYBytes.integers(rows.map { UInt8($0) }, [20], "|u1"), "x.npy")
    try files.write(NPYBytes.integers(rows.map { Int64($0 % 5 / 2) }, [20], "<i8"), "split.npy")
    let division = ArrayRequest.Division.file(files.file("split.npy"))
    _ = try packArrays(files.request([files.source("x")], division: division)) { _ in }
    let dataset = try PackedDataset.open(files.file("out.h5"))
    let train = try dataset.sourceRows(of: .train)
    #expect(train.sorted() == [0, 1, 5, 6, 10, 11, 15, 16] && train != train.sorted())
    #expect(try dataset.sourceRows(of: .validation) == [2, 3, 7, 8, 12, 13, 17, 18])
    #expect(try dataset.sourceRows(of: .test) == [4, 9, 14, 19])
    #expect(dataset.splitSeed == nil)
  }

  @Test func seedDecides() throws {
    let files = try PackedFiles()
    try files.write(NPYBytes.integers(rows.map { UInt8($0) }, [20], "|u1"), "x.npy")
    for (name, seed) in [("1", 1), ("same", 1), ("2", 2)] {
      _ = try packArrays(files.request([files.source("x")], seed: seed, output: name)) { _ in }
    }
    #expect(try files.bytes("1") == files.bytes("same"))
    #expect(
      try PackedDataset.open(files.file("1")).sourceRows(of: .test)
        != PackedDataset.open(files.file("2")).sourceRows(of: .test))
  }
}
