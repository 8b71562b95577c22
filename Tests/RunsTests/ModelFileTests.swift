import Communication
import Foundation
import Runs
import TestSupport
import Testing

/// What is given for a model and is none.
struct ModelFileTests {
  /// What is said of a file that begins with `bytes` and has `byteCount` in all, most of them a hole.
  private func refusal(_ bytes: [UInt8], byteCount: Int) throws -> String {
    try temporaryDirectory { directory throws in
      let path = directory.appending(path: "model").path
      try Data(bytes).write(to: URL(filePath: path))
      try #require(truncate(path, off_t(byteCount)) == 0)
      let error = #expect(throws: (any Error).self) {
        try TrainedModel.load(nil, of: path, collectives: SingleRank())
      }
      return error.map { "\($0)".replacing(path, with: "FILE") } ?? ""
    }
  }

  private func file(header: String) -> [UInt8] {
    let length = header.utf8.count
    return (0..<8).map { UInt8(truncatingIfNeeded: length >> (8 * $0)) } + Array(header.utf8)
  }

  /// No machine has the memory for it.
  private static let enormous = 1 << 42

  @Test("A large file that is something else is refused by its first bytes")
  func somethingElse() throws {
    let message = try refusal(Array("\u{89}HDF\r\n\u{1A}\n".utf8), byteCount: Self.enormous)
    #expect(message.hasPrefix("FILE: the header should take"), "\(message)")
  }

  @Test("A large safetensors file of another program is refused by its header")
  func anotherProgram() throws {
    let count = Self.enormous / 4
    let header = """
      {"__metadata__":{"format":"pt"},"a":{"dtype":"F32","shape":[\(count)],"data_offsets":[0,\(4 * count)]}}
      """
    let bytes = file(header: header)
    let message = try refusal(bytes, byteCount: bytes.count + 4 * count)
    #expect(message.hasPrefix("FILE: its metadata do not say that it is a checkpoint or an export"), "\(message)")
  }
}
