import Foundation
import FuzzTargets
import TestSupport
import Testing

/// The seeds of the fuzzers, and the inputs that once crashed a reader.
@Suite struct CorpusTests {
  private static let corpora = Bundle.module.bundleURL.appending(path: "Corpora")

  private static func inputs(of reader: FuzzReader) throws -> [URL] {
    try FileManager.default.contentsOfDirectory(
      at: corpora.appending(path: reader.rawValue), includingPropertiesForKeys: nil)
  }

  @Test("Every input is read or refused; a crash would end this process", arguments: FuzzReader.allCases)
  func isReadOrRefused(reader: FuzzReader) throws {
    let inputs = try Self.inputs(of: reader)
    #expect(!inputs.isEmpty, "\(reader) has no corpus")
    for input in inputs { reader.read([UInt8](try Data(contentsOf: input))) }
  }
}

/// Files on which the HDF5 library itself crashes (1.10.8).
@Suite struct LibraryCrashTests {
  @Test("A crash inside HDF5 is one line that names the file, and status 1", arguments: 1...3)
  func oneLine(number: Int) throws {
    let path = Bundle.module.bundleURL.appending(path: "Corpora/hdf5-library/crash-\(number)").path
    let outcome = try run(product("mhvae-pack"), ["verify", path])
    #expect(outcome.exitCode == 1, "\(outcome)")
    #expect(outcome.stderr.hasPrefix("mhvae-pack: error: ") && outcome.stderr.contains(path), "\(outcome)")
    #expect(outcome.stderr.split(separator: "\n").count == 1, "\(outcome)")
  }
}
