/// Reads a table of text record by record (RFC 4180): quotes, doubled quotes and line breaks in them, LF and CRLF, a
/// byte order mark, compressed by gzip or not. Blank lines are left out, as by pandas; a quoted nothing is a record.
struct CSVReader: ~Copyable {
  private static let blockByteCount = 256 << 10
  /// A longer record is a quote that is never closed.
  private static let largestRecordByteCount = 64 << 20

  let path: String
  /// The line on which the record begins, counted from 1.
  private(set) var line = 0
  private let separator: UInt8
  private let file: GzipFile
  private var block: [UInt8] = []
  private var place = 0
  private var nextLine = 1
  /// The fields of the record, one after the other.
  private var content: [UInt8] = []
  private var ends: [Int] = []
  private var hasQuotes = false

  init(_ path: String) throws(PackingError) {
    let file = try GzipFile.open(path)
    let block = try file.read(upTo: Self.blockByteCount)
    (self.path, self.block) = (path, block)
    self.file = file
    separator = UInt8(ascii: path.lowercased().replacing(".gz", with: "").hasSuffix(".tsv") ? "\t" : ",")
    if block.starts(with: [0xEF, 0xBB, 0xBF]) { place = 3 }
    content.reserveCapacity(4096)
  }

  var fieldCount: Int { ends.count }

  func field(_ index: Int) -> ArraySlice<UInt8> { content[(index == 0 ? 0 : ends[index - 1])..<ends[index]] }

  /// Reads the next record; false at the end of the file.
  mutating func next() throws(PackingError) -> Bool {
    repeat {
      guard try peek() != nil else { return false }
      try readRecord()
    } while ends.count == 1 && content.isEmpty && !hasQuotes
    return true
  }

  private mutating func readRecord() throws(PackingError) {
    content.removeAll(keepingCapacity: true)
    ends.removeAll(keepingCapacity: true)
    hasQuotes = false
    line = nextLine
    while true {
      let terminator = try peek() == UInt8(ascii: "\"") ? try readQuoted() : try readPlain()
      ends.append(content.count)
      guard terminator == separator else { return }
    }
  }

  /// Returns what ended the field: the separator, a line feed, or nil at the end of the file.
  private mutating func readPlain() throws(PackingError) -> UInt8? {
    while true {
      while place < block.count {
        let byte = block[place]
        place += 1
        if byte == separator { return byte }
        if byte == UInt8(ascii: "\n") {
          nextLine += 1
          if content.count > (ends.last ?? 0), content.last == UInt8(ascii: "\r") { content.removeLast() }
          return byte
        }
        content.append(byte)
      }
      guard try peek() != nil else { return nil }
    }
  }

  private mutating func readQuoted() throws(PackingError) -> UInt8? {
    hasQuotes = true
    place += 1
    while let byte = try peek() {
      place += 1
      if byte == UInt8(ascii: "\"") {
        guard try peek() == UInt8(ascii: "\"") else { return try endQuoted() }
        place += 1
      }
      if byte == UInt8(ascii: "\n") { nextLine += 1 }
      content.append(byte)
    }
    throw PackingError(file: path, line: line, "a quote is not closed before the end of the file")
  }

  private mutating func endQuoted() throws(PackingError) -> UInt8? {
    while let byte = try peek() {
      place += 1
      if byte == UInt8(ascii: "\r") { continue }
      if byte == UInt8(ascii: "\n") { nextLine += 1 }
      guard byte == separator || byte == UInt8(ascii: "\n") else {
        throw PackingError(file: path, line: nextLine, "text behind a closing quote; a quote in a text is doubled")
      }
      return byte
    }
    return nil
  }

  /// The next byte, which stays; nil at the end of the file.
  private mutating func peek() throws(PackingError) -> UInt8? {
    if place == block.count {
      guard content.count + 8 * ends.count <= Self.largestRecordByteCount else {
        throw PackingError(file: path, line: line, "a record of more than 64 MiB; a quote may never be closed")
      }
      block = try file.read(upTo: Self.blockByteCount)
      place = 0
    }
    return place < block.count ? block[place] : nil
  }
}
