internal import Foundation

/// What event files consist of (TensorFlow's `TFRecord`), numbers with the lowest byte first: the length of the data in
/// 8 bytes, the checksum of that in 4, the data, the checksum of the data in 4.
package enum Record {
  private static let headerLength = 12
  private static let overhead = 16

  package static func bytes(_ data: [UInt8]) -> [UInt8] {
    let length = littleEndian(UInt64(data.count))
    return length + checksum(length) + data + checksum(data)
  }

  /// Where the data of the record at `offset` are; nil if there is no whole record.
  /// - Parameter file: whose indices begin at 0.
  static func data(at offset: Int, of file: Data) -> Range<Int>? {
    guard offset + overhead <= file.count else { return nil }
    let length = file[offset..<offset + 8]
    let start = offset + headerLength
    guard checksum(length).elementsEqual(file[offset + 8..<start]),
      let count = Int(exactly: number(length)), count <= file.count - offset - overhead,
      checksum(file[start..<start + count]).elementsEqual(file[start + count..<start + count + 4])
    else { return nil }
    return start..<start + count
  }

  /// The end of a record with these data.
  static func end(_ data: Range<Int>) -> Int { data.upperBound + overhead - headerLength }

  private static func checksum(_ bytes: some ContiguousBytes) -> [UInt8] {
    littleEndian(bytes.withUnsafeBytes(CRC32C.masked))
  }

  private static func littleEndian<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] {
    withUnsafeBytes(of: number.littleEndian, Array.init)
  }

  private static func number(_ bytes: Data) -> UInt64 { bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) } }
}
