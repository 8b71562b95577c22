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
