internal import Foundation

/// Which build of the program this is.
package enum Build {
  /// A fingerprint of the program's file (FNV-1a over words): hosts that run different builds may compute different
  /// numbers.
  package static var fingerprint: String {
    let program = FileManager.default.contents(atPath: "/proc/self/exe") ?? Data()
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    program.withUnsafeBytes { bytes in
      for offset in stride(from: 0, to: bytes.count - 7, by: 8) {
        hash = (hash ^ bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)) &* 0x0000_0100_0000_01B3
      }
    }
    return String(hash, radix: 16)
  }
}
