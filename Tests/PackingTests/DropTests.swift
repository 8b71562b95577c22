import Packing
import Storage
import Testing

@Suite struct DropTests {
  private func files() throws -> PackedFiles {
    let files = try PackedFiles()
    let content = PackedContent(
      modalities: [.picture("top", [1, 2, 2]), .picture("bottom", [1, 2, 2]), .label(3)],
      rowCounts: [.train: 200, .validation: 20, .test: 10]
    ) { modality, _, row in [UInt8](repeating: UInt8(1 + row % 2), count: modality.rowByteCount) }
    try content.write(to: files.file("whole.h5"), name: "whole")
    return files
  }

  private func drop(
    _ files: PackedFiles, _ output: String, from input: String = "whole.h5", fraction: Double = 0.5,
    _ modalities: [String] = [], splits: [Split] = [.train], seed: Int = 1
  ) throws -> PackedDataset {
    _ = try dropModalities(
      DropRequest(
        input: files.file(input), output: files.file(output), replacing: true, fraction: fraction,
        modalities: modalities, splits: splits, seed: seed, creator: "tests"))
    return try PackedDataset.open(files.file(output))
  }

  @Test("Each modality is dropped from exactly that part of the rows, and every row keeps one")
  func counts() throws {
    let files = try files()
    let dropped = try drop(files, "gaps.h5")
    #expect(try dropped.verify().isEmpty)
    #expect(
      try dropped.presentRows(of: ["top", "bottom", "label"]) == [.train: ["top": 100, "bottom": 100, "label": 100]])
    let patterns = try dropped.patterns(of: .train)
    #expect(patterns.map(\.rows).reduce(0, +) == 200 && patterns.allSatisfy { !$0.modalities.isEmpty })
    #expect(patterns.count == 7, "\(patterns)")
    let (mask, bytes) = (try dropped.mask("top", .train), try content("top", .train, of: dropped))
    #expect(mask.indices.allSatisfy { (bytes[4 * $0] == 0) == !mask[$0] })
    #expect(try content("top", .test, of: dropped).allSatisfy { $0 > 0 } && !dropped.hasGaps("top", .test))
  }

  @Test("The seed decides; modalities and splits can be named; gaps add up")
  func choices() throws {
    let files = try files()
    let first = try drop(files, "a.h5").fingerprint
    #expect(try drop(files, "b.h5").fingerprint == first)
    #expect(try drop(files, "c.h5", seed: 2).fingerprint != first)
    let label = try drop(files, "d.h5", fraction: 0.25, ["label"], splits: [.validation, .test])
    #expect(label.gaps == [.validation: ["label"], .test: ["label"]])
    #expect(try label.mask("label", .validation).count { !$0 } == 5)
    let both = try drop(files, "e.h5", from: "d.h5", fraction: 0.5, ["top"], splits: [.validation])
    #expect(try both.presentRows(of: ["top", "label"])[.validation] == ["top": 10, "label": 15])
    #expect(both.gaps[.test] == ["label"])
  }

  @Test("A mask of ones is not written, and a joined file needs none for its label")
  func maskOfOnes() throws {
    let files = try files()
    let tiny = try drop(files, "tiny.h5", fraction: 0.001, ["label"], splits: [.train, .test])
    #expect(tiny.gaps.isEmpty)
    var content = PackedContent(
      modalities: [.picture("top", [1, 2, 2]), .label(3)], rowCounts: [.train: 4, .validation: 4, .test: 4]
    ) { modality, _, _ in [UInt8](repeating: 1, count: modality.rowByteCount) }
    content.presentLabels = true
    try content.write(to: files.file("masked.h5"))
    _ = try joinDatasets(
      JoinRequest(
        first: files.file("masked.h5"), second: files.file("masked.h5"), output: files.file("joined.h5"),
        replacing: false, label: "label", names: ["a", "b"], seed: 1, creator: "tests")
    ) { _ in }
    #expect(try PackedDataset.open(files.file("joined.h5")).gaps.isEmpty)
  }

  @Test("Where no row stays complete, a warning says so")
  func noCompleteRow() throws {
    let files = try files()
    func warnings(_ fraction: Double, _ names: [String]) throws -> [String] {
      var found: [String] = []
      _ = try dropModalities(
        DropRequest(
          input: files.file("whole.h5"), output: files.file("gaps.h5"), replacing: true, fraction: fraction,
          modalities: names, splits: [.train], seed: 1, creator: "tests")
      ) { found.append($0) }
      return found
    }
    #expect(try warnings(0.3, []).isEmpty)
    #expect(try warnings(0.5, ["top"]).isEmpty)
    let found = try warnings(0.665, [])
    #expect(found.count == 1 && found[0].hasPrefix("no train row keeps all of top, bottom, label"), "\(found)")
  }

  @Test("What cannot be is refused in words, and leaves no file")
  func refusals() throws {
    let files = try files()
    func message(_ fraction: Double, _ names: [String]) -> String {
      do { _ = try drop(files, "no.h5", fraction: fraction, names) } catch { return "\(error)" }
      return ""
    }
    #expect(message(0.5, ["tpo"]).contains("there is no modality \"tpo\"; did you mean \"top\"?"))
    #expect(message(1, []).contains("above 0 and below 1"))
    #expect(message(0.9, []).contains("no train row could keep a modality"))
  }

  @Test("Parts of a picture, and joined files, keep the gaps")
  func copies() throws {
    let files = try files()
    let dropped = try drop(files, "gaps.h5", ["top"])
    _ = try splitImage(
      SplitRequest(
        input: files.file("gaps.h5"), output: files.file("parts.h5"), replacing: false, modality: "top",
        parts: ["left", "right"], axis: .width, creator: "tests"))
    let parts = try PackedDataset.open(files.file("parts.h5"))
    _ = try packCompleteRows(
      CompleteRequest(
        input: files.file("gaps.h5"), output: files.file("complete.h5"), replacing: false, creator: "tests"))
    let complete = try PackedDataset.open(files.file("complete.h5"))
    #expect(complete.gaps.isEmpty && complete.rowCount(of: .train) == 100 && complete.rowCount(of: .test) == 10)
    let kept = zip(try dropped.sourceRows(of: .train), try dropped.mask("top", .train)).filter(\.1).map(\.0)
    #expect(try complete.sourceRows(of: .train) == kept)
    #expect(parts.gaps == [.train: ["left", "right"]])
    #expect(try parts.mask("right", .train) == dropped.mask("top", .train))
  }
}
