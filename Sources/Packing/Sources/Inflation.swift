import CZlib

extension FileSection {
  private static let blockByteCount = 256 << 10

  /// Inflates a deflated member of a zip archive (`inflate`, without a zlib header) into a spool.
  /// - Throws: if the stream is damaged, or its size or checksum is not that of the archive's directory.
  func inflated(_ member: ZipArchive.Member, place: String, in directory: String) throws -> FileSection {
    var stream = z_stream()
    guard inflateInit2_(&stream, -MAX_WBITS, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
      throw PackingError(file: place, "not enough memory")
    }
    defer { inflateEnd(&stream) }
    var spool = try SpoolFile(in: directory)
    var (offset, count, crc) = (0, 0, crc32(0, nil, 0))
    var status = Z_OK
    var output = [UInt8](repeating: 0, count: Self.blockByteCount)
    while status != Z_STREAM_END {
      var input = try bytes(min(Self.blockByteCount, byteCount - offset), at: offset)
      guard !input.isEmpty else { throw Self.damaged(place) }
      offset += input.count
      var rest = input.count
      repeat {
        var made = 0
        input.withUnsafeMutableBufferPointer { input in
          output.withUnsafeMutableBufferPointer { output in
            stream.next_in = input.baseAddress.map { $0 + input.count - rest }
            stream.avail_in = UInt32(rest)
            stream.next_out = output.baseAddress
            stream.avail_out = UInt32(output.count)
            status = inflate(&stream, Z_NO_FLUSH)
            rest = Int(stream.avail_in)
            made = output.count - Int(stream.avail_out)
            crc = crc32(crc, output.baseAddress, UInt32(made))
          }
        }
        guard status == Z_OK || status == Z_STREAM_END || status == Z_BUF_ERROR else { throw Self.damaged(place) }
        count += made
        guard count <= member.byteCount else { throw Self.damaged(place) }
        try output.withUnsafeBytes { try spool.append(UnsafeRawBufferPointer(rebasing: $0[..<made])) }
        if status == Z_BUF_ERROR || (made < output.count && rest == 0) { break }
      } while status != Z_STREAM_END
    }
    guard count == member.byteCount, UInt32(crc) == member.crc else { throw Self.damaged(place) }
    return try spool.finish()
  }

  /// Compares the bytes of a stored member with its checksum.
  func verify(_ member: ZipArchive.Member, place: String) throws(PackingError) {
    var (offset, crc) = (0, crc32(0, nil, 0))
    while offset < byteCount {
      let block = try bytes(Self.blockByteCount, at: offset)
      guard !block.isEmpty else { throw Self.damaged(place) }
      crc = block.withUnsafeBufferPointer { crc32(crc, $0.baseAddress, UInt32($0.count)) }
      offset += block.count
    }
    guard UInt32(crc) == member.crc else { throw Self.damaged(place) }
  }

  private static func damaged(_ place: String) -> PackingError {
    PackingError(file: place, "the data is damaged. Get the file again")
  }
}
