import Foundation
import TensorBoard
import TestSupport
import Testing

struct RecordTests {
  /// RFC 3720, appendix B.4, and the check value of CRC catalogues.
  @Test(
    "CRC-32C of known bytes",
    arguments: [
      ([UInt8](repeating: 0, count: 32), 0x8A91_36AA), ([UInt8](repeating: 0xFF, count: 32), 0x62A8_AB43),
      (Array(0..<32), 0x46DD_794E), (Array((0..<32).reversed()), 0x113F_DB5C), (Array("123456789".utf8), 0xE306_9283),
      ([], 0),
    ] as [([UInt8], UInt32)])
  func checksum(bytes: [UInt8], expected: UInt32) {
    #expect(bytes.withUnsafeBytes(CRC32C.checksum) == expected)
  }

  /// Those of TensorBoard 2.21 (`RecordWriter`).
  @Test("A record is the bytes that TensorBoard makes")
  func frame() {
    let header: [UInt8] = [5, 0, 0, 0, 0, 0, 0, 0, 0xEA, 0xB2, 0x04, 0x3E]
    #expect(Record.bytes(Array("mhvae".utf8)) == header + Array("mhvae".utf8) + [0x61, 0x67, 0xAC, 0xC5])
  }

  private func file(steps: Int...) throws -> Data {
    Data(try Event.version.record + steps.flatMap { try Event(step: $0, [.scalar("loss", Double($0))]).record })
  }

  private func steps(_ file: Data) throws -> [Int] { try storedEvents(file).dropFirst().map(\.step) }

  @Test("A file is cut before the first event of a later step")
  func cut() throws {
    let whole = try file(steps: 1, 2, 2, 5)
    for (step, expected) in [
      (0, []), (1, [1]), (2, [1, 2, 2]), (4, [1, 2, 2]), (5, [1, 2, 2, 5]), (9, [1, 2, 2, 5]),
    ] {
      let length = Event.length(of: whole, upTo: step)
      #expect(try steps(whole.prefix(length)) == expected, "up to step \(step)")
    }
  }

  @Test("Half a record and what follows it does not count, wherever it was cut")
  func halfRecord() throws {
    let whole = try file(steps: 1, 2)
    let first = Event.length(of: whole, upTo: 1)
    for count in first..<whole.count { #expect(Event.length(of: whole.prefix(count), upTo: 9) == first, "\(count)") }
    #expect(Event.length(of: Data(), upTo: 9) == 0)
  }

  @Test("A record with a wrong byte does not count")
  func damage() throws {
    let whole = try file(steps: 1, 2)
    let first = Event.length(of: whole, upTo: 1)
    for place in first..<whole.count {
      var damaged = whole
      damaged[place] ^= 1
      #expect(Event.length(of: damaged, upTo: 9) == first, "byte \(place)")
    }
  }
}
