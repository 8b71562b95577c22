import Packing
import Storage
import Testing

/// What is packed but is probably not meant.
@Suite struct ArrayWarningTests {
  private func warnings(
    _ bytes: [UInt8], _ what: String = "", classNames: [String] = [], channelsLast: Bool = false
  ) throws -> [String] {
    let files = try PackedFiles()
    try files.write(bytes, "x.npy")
    var source = try ArraySource(name: "x", parsing: files.file("x.npy" + what))
    (source.classNames, source.hasChannelsLast) = (classNames, channelsLast)
    var found: [String] = []
    _ = try packArrays(files.request([source]), note: { _ in }, warn: { found.append($0) })
    return found.map { $0.replacing(files.path + "/", with: "") }
  }

  @Test func classesThatNoRowHas() throws {
    let classes = NPYBytes.integers((0..<20).map { Int32([0, 1, 3][$0 % 3]) }, [20], "<i4")
    #expect(try warnings(classes) == ["x: no row is of class 2; --class-names x=... says which classes there are"])
    #expect(
      try warnings(classes, classNames: ["a", "b", "c", "d", "e"])
        == ["x: no row is of class c, e; --class-names x=... says which classes there are"])
    #expect(try warnings(NPYBytes.integers((0..<20).map { Int32($0 % 3) }, [20], "<i4")).isEmpty)
    let oneHot = (0..<20).flatMap { row in (0..<3).map { $0 == row % 2 ? 1 : 0 as Float } }
    #expect(try warnings(NPYBytes.floats(oneHot, [20, 3]), ":categorical")[0].contains("no row is of class 2;"))
  }

  @Test func numbersThatAreNoClasses() throws {
    let counts = NPYBytes.integers((0..<20).map { Int32($0 * 50) }, [20], "<i4")
    #expect(
      try warnings(counts) == [
        "x: 951 classes, but only 20 different values; numbers that count are x=x.npy:poisson, other numbers :gaussian, "
          + "and texts make classes of their own"
      ])
    #expect(try warnings(counts, ":poisson").isEmpty)
  }

  @Test func channelsThatMayBeLast() throws {
    let picture = NPYBytes.floats((0..<(20 * 8 * 8 * 4)).map { Float($0 % 97) / 7 }, [20, 8, 8, 4])
    #expect(
      try warnings(picture) == [
        "x: rows of shape [8, 8, 4] are pictures of 8 channels; if the last axis is that of the channels, give "
          + "--channels-last x"
      ])
    #expect(try warnings(picture, channelsLast: true).isEmpty)
  }

  @Test func flagsOfMinusOneAndOne() throws {
    let flags = NPYBytes.integers((0..<40).map { Int8($0 % 3 == 0 ? 1 : -1) }, [20, 2], "|i1")
    #expect(try warnings(flags) == ["x: it holds only -1 and 1; for flags write x=x.npy:bernoulli,min=-1"])
    #expect(try warnings(flags, ":bernoulli,min=-1").isEmpty)
  }

  @Test(arguments: [(255, "max=255"), (65535, "max=65535")])
  func greyLevelsOfOtherTypes(greatest: Int, advice: String) throws {
    let levels = NPYBytes.integers((0..<320).map { UInt16($0 * greatest / 319) }, [20, 4, 4], "<u2")
    #expect(
      try warnings(levels) == [
        "x: whole numbers from 0 to \(greatest) look like grey levels; for them write x=x.npy:bernoulli,\(advice)"
      ])
    #expect(try warnings(levels, ":bernoulli,\(advice)").isEmpty)
    let floats = NPYBytes.floats((0..<320).map { Float($0 % 256) }, [20, 16])
    #expect(try warnings(floats)[0].contains("bernoulli,max=255"))
  }

  @Test(arguments: [-9999, 1e20] as [Float])
  func fillValues(value: Float) throws {
    let values = NPYBytes.floats((0..<40).map { $0 == 7 ? value : Float($0) }, [20, 2])
    let found = try warnings(values)
    #expect(found.count == 1 && found[0].contains("looks like a fill value; --missing="))
  }

  @Test func constantValues() throws {
    let values = NPYBytes.floats((0..<60).map { $0 % 3 == 1 ? 5 : Float($0) }, [20, 3])
    #expect(
      try warnings(values) == [
        "x: the same in every row: value 1; leave them out, or standardise them (:gaussian,standardise)"
      ])
    #expect(try warnings(values, ":gaussian,standardise")[0].contains("standard deviation is taken for 1"))
  }

  @Test func channelsLastOfOtherDataIsRefused() throws {
    let files = try PackedFiles()
    try files.write(NPYBytes.integers((0..<40).map { Int32($0 % 2) }, [40], "<i4"), "x.npy")
    func complaint(_ likelihood: ArraySource.Likelihood?, shape: [Int]? = nil) throws -> String {
      var source = files.source("x", likelihood, shape: shape)
      source.hasChannelsLast = true
      return try files.complaint { _ = try packArrays(files.request([source])) { _ in } }
    }
    let vain = "x has a stated shape or classes, so --channels-last says nothing about it"
    #expect(try complaint(nil) == vain)
    #expect(try complaint(.gaussian, shape: [1]) == vain)
    #expect(try complaint(.gaussian).contains("rows of shape [] are no pictures with channels last"))
  }

  @Test func channelsLastAreMovedFirst() throws {
    let files = try PackedFiles()
    let values = (0..<(20 * 2 * 3 * 4)).map { Float($0) }
    try files.write(NPYBytes.floats(values, [20, 2, 3, 4]), "x.npy")
    var source = files.source("x", .gaussian)
    source.hasChannelsLast = true
    _ = try packArrays(files.request([source])) { _ in }
    let dataset = try PackedDataset.open(files.file("out.h5"))
    #expect(dataset.modalities[0].shape == [4, 2, 3])
    let expected = (0..<20).flatMap { row in
      (0..<4).flatMap { channel in (0..<6).map { values[row * 24 + $0 * 4 + channel] } }
    }
    #expect(try observations("x", of: dataset, rowCount: 20) == expected)
  }
}
