import Foundation
import Storage
import Testing

/// Runs the programs of `dataset-format.md` as its readers would. `MHVAE_PYTHON` names a Python with h5py.
@Suite(.enabled(if: H5py.isAvailable, "no Python with h5py; MHVAE_PYTHON can name one"))
struct H5pyTests {
  @Test func documentedProgramsWork() throws {
    let directory = try TemporaryDirectory()
    let programs = try H5py.documentedPrograms()
    try #require(programs.count == 3)
    try Data(programs[0].utf8).write(to: URL(fileURLWithPath: directory.file("fingerprint.py")))
    _ = try H5py.run(["-c", programs[1]], in: directory.path)
    let dataset = try PackedDataset.open(directory.file("example.h5"))
    #expect(try dataset.verify().isEmpty)
    #expect(dataset.modalities.map(\.name) == ["image", "sensor", "label"])
    #expect(try H5py.run(["-c", programs[2]], in: directory.path).hasPrefix("(32, 3, 8, 8)"))
    let fingerprint = try SampleDataset().write(to: directory.file("sample.h5"))
    let words = try H5py.run(["fingerprint.py", "sample.h5"], in: directory.path).split(separator: " ")
    #expect(words.first.map { String($0) } == fingerprint)
  }

  @Test func fixedLengthTextsAreRead() throws {
    let directory = try TemporaryDirectory()
    let program = """
      import h5py, numpy
      with h5py.File("a.h5", "w") as file:
          file.attrs["text"] = numpy.bytes_(b"fixed")
          file.attrs["texts"] = numpy.array([b"a", b"longer"])
          file["big"] = numpy.arange(5, dtype=">i2")
      """
    _ = try H5py.run(["-c", program], in: directory.path)
    let file = try HDF5File.open(directory.file("a.h5"))
    #expect(try file.attribute("text") == "fixed")
    #expect(try file.attributeStrings("texts") == ["a", "longer"])
    #expect(try file.readDoubles("big") == ([5], [0, 1, 2, 3, 4]))
    #expect(try file.dataset("big").elementType == nil)
  }
}

private enum H5py {
  static let isAvailable = (try? run(["-c", "import h5py"], in: "/")) != nil

  struct Failure: Error, CustomStringConvertible { let description: String }

  /// Returns what the program prints.
  static func run(_ arguments: [String], in directory: String) throws -> String {
    let process = Process()
    let python = ProcessInfo.processInfo.environment["MHVAE_PYTHON"] ?? "python3"
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [python] + arguments
    process.currentDirectoryURL = URL(fileURLWithPath: directory)
    let (output, errors) = (Pipe(), Pipe())
    process.standardOutput = output
    process.standardError = errors
    try process.run()
    let printed = output.fileHandleForReading.readDataToEndOfFile()
    let complaints = errors.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      throw Failure(description: String(decoding: complaints, as: UTF8.self))
    }
    return String(decoding: printed, as: UTF8.self)
  }

  static func documentedPrograms() throws -> [String] {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    let document = root.deletingLastPathComponent().appending(path: "Sources/Storage/dataset-format.md")
    let text = String(decoding: try Data(contentsOf: document), as: UTF8.self)
    return text.matches(of: #/```python\n((?s).*?)```/#).map { String($0.output.1) }
  }
}
