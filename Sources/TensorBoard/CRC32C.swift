/// The checksum of event files: CRC-32C (Castagnoli; RFC 3720, section 12.1).
package enum CRC32C {
  /// By the value of the lowest byte.
  private static let table: [UInt32] = (0..<256).map { byte -> UInt32 in
    (0..<8).reduce(UInt32(byte)) { value, _ in value & 1 == 1 ? value >> 1 ^ 0x82F6_3B78 : value >> 1 }
  }

  package static func checksum(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
    ~bytes.reduce(~0) { table[Int(UInt8(truncatingIfNeeded: $0) ^ $1)] ^ $0 >> 8 }
  }

  /// As records store it, so that the checksum of bytes that hold checksums stays a good one.
  static func masked(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
    let sum = checksum(bytes)
    return (sum >> 15 | sum << 17) &+ 0xA282_EAD8
  }
}
