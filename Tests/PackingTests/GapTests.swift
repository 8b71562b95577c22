import Foundation
import Packing
import Storage
import TestSupport
import Testing

/// Rows that lack a modality, and rows that are joined by keys.
@Suite struct GapTests {
  private func write(_ files: PackedFiles, _ name: String, _ lines: [String]) throws {
    try files.write(Array(lines.joined(separator: "\n").utf8), name)
  }

  private func source(_ files: PackedFiles, _ name: String, _ text: String) throws -> ArraySource {
    try ArraySource(name: name, parsing: files.file(text))
  }

  private func pack(_ request: ArrayRequest) throws -> [String] {
    var notes: [String] = []
    _ = try packArrays(request) { notes.append($0) }
    return notes
  }

  @Test func maskSaysWhichRowsLackAModality() throws {
    let files = try PackedFiles()
    try files.write(NPYBytes.floats((0..<60).map { Float($0) }, [20, 3]), "x.npy")
    try files.write(NPYBytes.integers((0..<20).map { UInt8($0) }, [20], "|u1"), "y.npy")
    try files.write(NPYBytes.integers((0..<20).map { UInt8($0 % 3 == 0 ? 0 : 1) }, [20], "|b1"), "mask.npy")
    var x = files.source("x", .gaussian)
    x.mask = SourceLocation(files.file("mask.npy"))
    let notes = try pack(files.request([x, files.source("y")]))
    #expect(notes[0].hasSuffix(", 7 of 20 rows lack it"))
    let dataset = try PackedDataset.open(files.file("out.h5"))
    #expect(try dataset.verify().isEmpty)
    let found = try observations("x", of: dataset, rowCount: 20)
    for row in 0..<20 {
      let numbers = Array(found[(3 * row)..<(3 * row + 3)])
      if row % 3 == 0 { #expect(numbers.allSatisfy { $0.isNaN }) } else { #expect(numbers[0] == Float(3 * row)) }
    }
    #expect(try observations("y", of: dataset, rowCount: 20) == (0..<20).map { Float($0) })
  }

  /// A split without gaps has no mask, and a file without gaps is of version 1.
  @Test func masksAreWrittenOnlyWhereThereAreGaps() throws {
    let files = try PackedFiles()
    var values = (0..<20).map { Float($0) }
    values[0] = .nan
    try files.write(NPYBytes.floats(values, [20, 1]), "x.npy")
    try files.write(NPYBytes.integers((0..<20).map { UInt8($0) }, [20], "|u1"), "y.npy")
    try files.write(NPYBytes.integers((0..<20).map { Int32($0 < 10 ? 2 : $0 < 15 ? 1 : 0) }, [20], "<i4"), "split.npy")
    var request = files.request(
      [files.source("x", .gaussian), files.source("y")], division: .file(files.file("split.npy")))
    request.missing = .nan
    _ = try pack(request)
    let file = try HDF5File.open(files.file("out.h5"))
    #expect(try file.datasetPaths(under: "present") == ["test/x"])
    #expect(try file.attributeInteger("format_version") == 2)
    values[0] = 1
    try files.write(NPYBytes.floats(values, [20, 1]), "x.npy")
    (request.output, request.missing) = (files.file("whole.h5"), .nan)
    _ = try pack(request)
    #expect(try HDF5File.open(files.file("whole.h5")).attributeInteger("format_version") == 1)
  }

  @Test func rowsThatLackEverythingAreLeftOut() throws {
    let files = try PackedFiles()
    try write(files, "t.csv", ["a,b"] + (0..<20).map { $0 % 5 == 0 ? "," : $0 % 5 == 1 ? "\($0)," : "\($0),1" })
    let notes = try pack(
      files.request([try source(files, "a", "t.csv:a:gaussian"), try source(files, "b", "t.csv:b:gaussian")]))
    #expect(notes.last == "4 of 20 rows lack every modality and are left out")
    let dataset = try PackedDataset.open(files.file("out.h5"))
    #expect(try dataset.verify().isEmpty)
    let rows = try Split.allCases.flatMap { try dataset.sourceRows(of: $0) }.sorted()
    #expect(rows == (0..<20).filter { $0 % 5 != 0 })
  }

  @Test func otherValuesMayMeanMissing() throws {
    let files = try PackedFiles()
    try files.write(NPYBytes.integers((0..<20).map { Int16($0 % 4 == 0 ? -1 : $0 % 3) }, [20], "<i2"), "k.npy")
    try files.write(NPYBytes.integers((0..<20).map { UInt8($0) }, [20], "|u1"), "y.npy")
    var request = files.request([files.source("k"), files.source("y")])
    request.missing = -1
    _ = try pack(request)
    let found = try observations("k", of: PackedDataset.open(files.file("out.h5")), rowCount: 20)
    #expect(zip(found, 0..<20).allSatisfy { $1 % 4 == 0 ? $0.isNaN : $0 == Float($1 % 3) })
  }

  @Test func standardisationIsThatOfTheTrainingRowsThatArePresent() throws {
    let files = try PackedFiles()
    let rows = (0..<40).map { row in row % 7 == 3 ? "," : "\(Double(row) * 0.5),4" }
    try write(files, "t.csv", ["a,b"] + rows)
    try files.write(NPYBytes.integers((0..<40).map { UInt8($0 % 4) }, [40], "|u1"), "y.npy")
    let x = try source(files, "x", "t.csv:a,b:gaussian,standardise")
    _ = try pack(files.request([x, files.source("y")]))
    let dataset = try PackedDataset.open(files.file("out.h5"))
    let found = try #require(dataset.modalities[0].standardization)
    let training = try dataset.sourceRows(of: .train).filter { $0 % 7 != 3 }.map { Double($0) * 0.5 }
    let mean = training.reduce(0, +) / Double(training.count)
    let variance = training.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(training.count)
    #expect(abs(found.mean[0] - mean) < 1e-12 && abs(found.deviation[0] - variance.squareRoot()) < 1e-12)
    #expect(found.mean[1] == 4 && found.deviation[1] == 1, "a constant column has deviation 1")
    #expect(dataset.modalities[0].classNames == ["a", "b"])
  }

  @Test func keysJoinRowsAndLeaveGaps() throws {
    let files = try PackedFiles()
    try write(files, "a.csv", ["id,x"] + (0..<20).map { "k\($0),\($0)" })
    try write(files, "b.tsv", ["y\tid"] + (10..<30).reversed().map { "\($0)\tk\($0)" })
    try write(files, "s.csv", ["part,id"] + (0..<35).map { "\(["train", "validation", "test"][$0 % 3]),k\($0)" })
    var request = files.request(
      [try source(files, "x", "a.csv:x:gaussian"), try source(files, "y", "b.tsv:y:gaussian")],
      division: .file(files.file("s.csv:part")))
    request.key = "id"
    _ = try pack(request)
    let dataset = try PackedDataset.open(files.file("out.h5"))
    #expect(try dataset.verify().isEmpty)
    let x = try observations("x", of: dataset, rowCount: 30)
    let y = try observations("y", of: dataset, rowCount: 30)
    for row in 0..<30 {
      // Joined rows: those of a, then those that only b has, in its order.
      let number = row < 20 ? row : 29 - (row - 20)
      #expect(row < 20 ? x[row] == Float(number) : x[row].isNaN)
      #expect(number >= 10 ? y[row] == Float(number) : y[row].isNaN)
    }
    for (place, split) in Split.allCases.enumerated() {
      let numbers = try dataset.sourceRows(of: split).map { $0 < 20 ? $0 : 49 - $0 }
      #expect(numbers.allSatisfy { $0 % 3 == place })
    }
  }

  @Test func keysMayLieElsewhere() throws {
    let files = try PackedFiles()
    try write(files, "a.csv", ["id,x"] + (0..<20).map { "\($0)\($0 % 2 == 0 ? ".0" : ""),\($0)" })
    try files.write(NPYBytes.integers((0..<20).map { UInt8($0 * 2) }, [20], "|u1"), "y.npy")
    try files.write(NPYBytes.integers((0..<20).map { Int64(19 - $0) }, [20], "<i8"), "ids.npy")
    var y = files.source("y", .gaussian)
    y.key = SourceLocation(files.file("ids.npy"))
    var request = files.request([try source(files, "x", "a.csv:x:gaussian"), y])
    request.key = "id"
    _ = try pack(request)
    let dataset = try PackedDataset.open(files.file("out.h5"))
    #expect(dataset.rowCount(of: .train) == 14)
    let found = try observations("y", of: dataset, rowCount: 20)
    #expect(zip(found, 0..<20).allSatisfy { abs($0 * 255 - Float(2 * (19 - $1))) < 1e-4 })
  }

  @Test func badKeysAndMasksAreExplained() throws {
    let files = try PackedFiles()
    try write(files, "a.csv", ["id,x"] + (0..<20).map { "k\($0 == 7 ? 3 : $0),\($0)" })
    try write(files, "b.csv", ["id,x"] + (0..<20).map { "\($0 == 4 ? "" : "k\($0)"),\($0)" })
    try files.write(NPYBytes.integers((0..<20).map { UInt8($0) }, [20], "|u1"), "y.npy")
    try files.write(NPYBytes.integers((0..<19).map { _ in UInt8(1) }, [19], "|u1"), "short.npy")
    try files.write(NPYBytes.integers((0..<20).map { _ in UInt8(0) }, [20], "|u1"), "none.npy")
    func complaint(_ sources: [ArraySource], key: String? = nil) throws -> String {
      var request = files.request(sources)
      request.key = key
      return try files.complaint { _ = try packArrays(request) { _ in } }
    }
    let y = files.source("y")
    let duplicate = try complaint([source(files, "x", "a.csv:x:gaussian")], key: "id")
    #expect(duplicate == "a.csv:id: row 7 has the same key as row 3; a key names one row of a source")
    #expect(try complaint([source(files, "x", "b.csv:x:gaussian")], key: "id") == "b.csv:id: row 4 has no key")
    #expect(
      try complaint([y], key: "id")
        == "y.npy: it has no \"id\" to join by; say where its keys are: --key MODALITY=FILE[:WHERE]")
    func masked(_ mask: String) -> [ArraySource] {
      var source = y
      source.mask = SourceLocation(files.file(mask))
      return [source]
    }
    #expect(
      try complaint(masked("short.npy"))
        == "short.npy: expected one number for each of the 20 rows of y.npy, found the shape [19]")
    #expect(try complaint(masked("y.npy")).hasPrefix("y.npy: row 2 has 2; a mask has 1 for a row that has"))
    #expect(try complaint(masked("none.npy")) == "y.npy: no row has y")
  }
}
