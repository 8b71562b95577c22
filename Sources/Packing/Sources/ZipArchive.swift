/// The members of a zip archive (PKWARE's APPNOTE, zip64 included), as `numpy.savez` writes one.
struct ZipArchive {
  struct Member {
    let name: String
    /// 0 as it is, 8 deflated.
    let method: Int
    let isEncrypted: Bool
    let crc: UInt32
    let storedByteCount: Int
    let byteCount: Int
    fileprivate let headerOffset: Int
  }

  let path: String
  let members: [Member]
  private let file: FileSection

  private static let endByteCount = 22
  private static let largestDirectoryByteCount = 1 << 28

  init(_ path: String) throws(PackingError) {
    let file = try FileSection(whole: OpenFile(path))
    (self.path, self.file) = (path, file)
    let directory = try Self.directory(of: file, path)
    var members: [Member] = []
    var reader = ByteReader(directory, path: path)
    while !reader.isAtEnd { members.append(try Self.member(&reader)) }
    self.members = members
  }

  /// The member's bytes as they are stored.
  func content(of member: Member) throws(PackingError) -> FileSection {
    var header = ByteReader(try file.bytes(30, at: member.headerOffset), path: path)
    guard try header.word(4) == 0x0403_4b50 else { throw Self.damaged(path) }
    try header.skip(22)
    let start = member.headerOffset + 30 + Int(try header.word(2)) + Int(try header.word(2))
    guard start <= file.byteCount, member.storedByteCount <= file.byteCount - start else { throw Self.damaged(path) }
    return FileSection(file.file, start: file.start + start, byteCount: member.storedByteCount)
  }

  /// The bytes of the central directory, which the end of the file points to.
  private static func directory(of file: FileSection, _ path: String) throws(PackingError) -> [UInt8] {
    let tailStart = max(0, file.byteCount - (endByteCount + 1 << 16))
    let tail = try file.bytes(file.byteCount - tailStart, at: tailStart)
    let signature: [UInt8] = [0x50, 0x4b, 5, 6]
    let last = stride(from: tail.count - endByteCount, through: 0, by: -1).first { tail[$0...].starts(with: signature) }
    guard let last else {
      throw PackingError(file: path, "not a .npz file: it has no zip directory at its end. Use numpy.savez")
    }
    var end = ByteReader(Array(tail[last...]), path: path)
    try end.skip(12)
    var (byteCount, offset) = (Int(try end.word(4)), Int(try end.word(4)))
    if byteCount == 0xFFFF_FFFF || offset == 0xFFFF_FFFF {
      (byteCount, offset) = try directory64(of: file, before: tailStart + last, path)
    }
    guard byteCount <= largestDirectoryByteCount, offset <= file.byteCount - byteCount else { throw damaged(path) }
    return try file.bytes(byteCount, at: offset)
  }

  private static func directory64(
    of file: FileSection, before end: Int, _ path: String
  ) throws(PackingError) -> (byteCount: Int, offset: Int) {
    guard end >= 20 else { throw damaged(path) }
    var locator = ByteReader(try file.bytes(20, at: end - 20), path: path)
    guard try locator.word(4) == 0x0706_4b50 else { throw damaged(path) }
    try locator.skip(4)
    let offset = try locator.size()
    guard offset <= file.byteCount else { throw damaged(path) }
    var record = ByteReader(try file.bytes(56, at: offset), path: path)
    guard try record.word(4) == 0x0606_4b50 else { throw damaged(path) }
    try record.skip(36)
    return (try record.size(), try record.size())
  }

  private static func member(_ reader: inout ByteReader) throws(PackingError) -> Member {
    guard try reader.word(4) == 0x0201_4b50 else { throw damaged(reader.path) }
    try reader.skip(4)
    let (flags, method) = (try reader.word(2), Int(try reader.word(2)))
    try reader.skip(4)
    let crc = UInt32(try reader.word(4))
    var sizes = [try reader.size(4), try reader.size(4)]
    let (nameCount, extraCount, commentCount) = (
      Int(try reader.word(2)), Int(try reader.word(2)), Int(try reader.word(2))
    )
    try reader.skip(8)
    var offset = try reader.size(4)
    let name = String(decoding: try reader.take(nameCount), as: UTF8.self)
    var extra = ByteReader(try reader.take(extraCount), path: reader.path)
    try reader.skip(commentCount)
    while !extra.isAtEnd {
      let (kind, count) = (try extra.word(2), Int(try extra.word(2)))
      var field = ByteReader(try extra.take(count), path: reader.path)
      guard kind == 1 else { continue }
      // In this order, and only those that did not fit: the size, the stored size, the place.
      for place in [1, 0] where sizes[place] == 0xFFFF_FFFF { sizes[place] = try field.size() }
      if offset == 0xFFFF_FFFF { offset = try field.size() }
    }
    return Member(
      name: name, method: method, isEncrypted: flags & 1 == 1, crc: crc, storedByteCount: sizes[0],
      byteCount: sizes[1], headerOffset: offset)
  }

  static func damaged(_ path: String) -> PackingError {
    PackingError(file: path, "the zip archive is damaged or cut short. Get it again")
  }
}

/// Reads little-endian numbers from front to back.
private struct ByteReader {
  let path: String
  private var rest: ArraySlice<UInt8>

  init(_ bytes: [UInt8], path: String) { (self.path, rest) = (path, bytes[...]) }

  var isAtEnd: Bool { rest.isEmpty }

  mutating func take(_ count: Int) throws(PackingError) -> [UInt8] {
    guard count <= rest.count else { throw ZipArchive.damaged(path) }
    defer { rest = rest.dropFirst(count) }
    return Array(rest.prefix(count))
  }

  mutating func skip(_ count: Int) throws(PackingError) { _ = try take(count) }

  mutating func word(_ byteCount: Int) throws(PackingError) -> UInt64 {
    try take(byteCount).reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }

  /// A size or a place in a file.
  mutating func size(_ byteCount: Int = 8) throws(PackingError) -> Int {
    guard let size = Int(exactly: try word(byteCount)), size < 1 << 62 else { throw ZipArchive.damaged(path) }
    return size
  }
}
