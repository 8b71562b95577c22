internal import Foundation

/// Which build of the program this is.
package enum Build {
  /// A fingerprint of the program's file (FNV-1a over words): hosts that run different builds may compute different
  /// numbers.
  package static var fingerprint: String {
    let program = FileManager.default.contents(atPath: "/proc/self/exe") ?? Data()
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    func add(_ word: UInt64) { hash = (hash ^ word) &* 0x0000_0100_0000_01B3 }
    program.withUnsafeBytes { bytes in
      let words = bytes.count / 8 * 8
      for offset in stride(from: 0, to: words, by: 8) {
        add(bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
      }
      for byte in bytes[words...] { add(UInt64(byte)) }
    }
    return String(hash, radix: 16)
  }
}
