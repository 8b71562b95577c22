import Storage

/// An array in NumPy's `.npy` format (versions 1 to 3). The header is checked against the size of the file.
enum NPYSource {
  /// - Parameters:
  ///   - place: for messages.
  ///   - directory: where rows are spooled that are not in one piece.
  static func open(_ section: FileSection, place: String, _ content: SourceContent, spoolingIn directory: String) throws
    -> RowSource
  {
    let (text, dataOffset) = try readHeaderText(section, place)
    let header = try NPYHeader(text, path: place)
    try RowSource.check(header.shape, place)
    let data = section.dropping(dataOffset)
    try checkSize(data.byteCount, header, place)
    switch header.type {
    case .number(let element):
      let rows = try RowSource(place: place, element: element, shape: header.shape, data)
      return header.isFortranOrder && header.shape.count > 1 ? try transposed(rows, directory) : rows
    case .text(let type):
      var codes = try TextCodes(place: place, content, in: directory)
      try readTexts(type, header.shape, data, place, &codes)
      return try codes.finish()
    }
  }

  /// The magic bytes, two of version, the length of the text in two bytes (version 1) or four, the text.
  private static func readHeaderText(
    _ input: FileSection, _ place: String
  ) throws(PackingError) -> (text: String, end: Int) {
    let start = try input.bytes(12, at: 0)
    guard start.starts(with: [0x93] + Array("NUMPY".utf8)), start.count == 12 else {
      throw PackingError(file: place, "not a .npy file: one begins with the byte 147 and NUMPY. Use numpy.save")
    }
    guard (1...3).contains(start[6]) else {
      throw PackingError(file: place, "version \(start[6]) of the .npy format; versions 1 to 3 are known")
    }
    let textOffset = start[6] == 1 ? 10 : 12
    let count = start[8..<textOffset].reversed().reduce(0) { $0 << 8 | Int($1) }
    guard count <= 1 << 16 else {
      throw PackingError(file: place, "the header claims to have \(count) bytes; the file is damaged")
    }
    let text = try input.bytes(count, at: textOffset)
    guard text.count == count else {
      throw PackingError(file: place, "cut short: expected a header of \(count) bytes, found \(text.count)")
    }
    return (String(decoding: text, as: UTF8.self), textOffset + count)
  }

  private static func checkSize(_ found: Int, _ header: NPYHeader, _ place: String) throws(PackingError) {
    guard let expected = product(of: [header.type.byteCount] + header.shape) else {
      throw PackingError(file: place, "no file can hold the shape \(header.shape)")
    }
    guard found == expected else {
      throw PackingError(
        file: place,
        "\(found < expected ? "cut short: " : "")expected \(expected) bytes of \(header.type.name) in the shape "
          + "\(header.shape), found \(found)")
    }
  }

  private static func readTexts(
    _ type: NPYText, _ shape: [Int], _ data: FileSection, _ place: String, _ codes: inout TextCodes
  ) throws {
    guard shape.dropFirst().allSatisfy({ $0 == 1 }) else {
      throw PackingError(file: place, "expected one text a row, found rows of shape \(Array(shape.dropFirst()))")
    }
    try RowBlocks(rowByteCount: type.byteCount).inOrder(shape[0]) {
      try data.fill($1, at: $0.lowerBound * type.byteCount)
    } _: { _, block in
      for start in stride(from: 0, to: block.count, by: type.byteCount) {
        try codes.append(type.text(block[start..<(start + type.byteCount)]))
      }
    }
  }
}

/// Fortran order: the first axis, that of the rows, changes fastest, so a row is scattered over the whole file.
extension NPYSource {
  private static let slabByteCount = 16 << 20

  /// The same rows, each in one piece.
  private static func transposed(_ rows: RowSource, _ directory: String) throws -> RowSource {
    let (size, width) = (rows.element.byteCount, rows.rowElementCount)
    let places = placesInRow(rows.rowShape)
    var spool = try SpoolFile(in: directory)
    let slab = max(1, slabByteCount / rows.rowByteCount)
    var column = [UInt8](repeating: 0, count: min(slab, rows.rowCount) * size)
    for first in stride(from: 0, to: rows.rowCount, by: slab) {
      let count = min(slab, rows.rowCount - first)
      var block = [UInt8](repeating: 0, count: count * rows.rowByteCount)
      for (index, place) in places.enumerated() {
        try column.withUnsafeMutableBytes {
          let bytes = UnsafeMutableRawBufferPointer(rebasing: $0[..<(count * size)])
          try rows.section.fill(bytes, at: (index * rows.rowCount + first) * size)
        }
        for row in 0..<count {
          let target = (row * width + place) * size
          for byte in 0..<size { block[target + byte] = column[row * size + byte] }
        }
      }
      try spool.append(block)
    }
    return try RowSource(place: rows.place, element: rows.element, shape: rows.shape, try spool.finish())
  }

  /// Where in a row (last axis fastest) each of its numbers in Fortran order (first axis fastest) belongs.
  private static func placesInRow(_ shape: [Int]) -> [Int] {
    var strides = [Int](repeating: 1, count: shape.count)
    for axis in shape.indices.dropLast().reversed() { strides[axis] = strides[axis + 1] * shape[axis + 1] }
    var places = [0]
    for (extent, stride) in zip(shape, strides) {
      places = (0..<extent).flatMap { step in places.map { $0 + step * stride } }
    }
    return places
  }
}
