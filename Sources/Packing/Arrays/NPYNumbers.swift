extension NPYElement {
  /// The numbers that lie in these bytes. Those of 64-bit whole numbers beyond 2^53 are rounded.
  func numbers(in bytes: [UInt8]) -> [Double] {
    switch kind {
    case .bool, .uint8: bytes.map { Double($0) }
    case .int8: bytes.map { Double(Int8(bitPattern: $0)) }
    case .int16: words(Int16.self, in: bytes) { Double($0) }
    case .int32: words(Int32.self, in: bytes) { Double($0) }
    case .int64: words(Int64.self, in: bytes) { Double($0) }
    case .uint16: words(UInt16.self, in: bytes) { Double($0) }
    case .uint32: words(UInt32.self, in: bytes) { Double($0) }
    case .uint64: words(UInt64.self, in: bytes) { Double($0) }
    case .float32: words(UInt32.self, in: bytes) { Double(Float(bitPattern: $0)) }
    case .float64: words(UInt64.self, in: bytes) { Double(bitPattern: $0) }
    }
  }

  @inline(__always)
  private func words<Word: FixedWidthInteger & BitwiseCopyable>(
    _: Word.Type, in bytes: [UInt8], _ number: (Word) -> Double
  ) -> [Double] {
    let size = MemoryLayout<Word>.size
    return bytes.withUnsafeBytes { bytes in
      (0..<(bytes.count / size)).map {
        let word = bytes.loadUnaligned(fromByteOffset: $0 * size, as: Word.self)
        return number(isBigEndian ? Word(bigEndian: word) : Word(littleEndian: word))
      }
    }
  }
}

extension NPYFile {
  /// Calls `body` with all numbers, some rows at a time, and the index of the first of these rows.
  func forEachBlock(_ body: (_ firstRow: Int, _ numbers: [Double]) throws -> Void) throws {
    try RowBlocks(rowByteCount: rowByteCount).inOrder(rowCount) {
      try readRows($0, into: $1)
    } _: {
      try body($0, element.numbers(in: $1))
    }
  }

  /// Calls `body` with the numbers of these rows, in the order they are given, some rows at a time.
  func forEachBlock(of rows: [Int], _ body: (_ numbers: [Double]) throws -> Void) throws {
    try RowBlocks(rowByteCount: rowByteCount).gathered(rows) {
      try readRows($0, into: $1)
    } _: {
      try body(element.numbers(in: $0))
    }
  }

  /// Throws an error that names the first number which is not allowed.
  /// - Parameter rule: what is allowed, and what to do about other numbers.
  func require(_ rule: String, _ allows: (Double) -> Bool) throws {
    try forEachBlock { firstRow, numbers in
      guard let index = numbers.firstIndex(where: { !allows($0) }) else { return }
      let row = firstRow + index / rowElementCount
      throw PackingError(file: path, "row \(row) has \(plain(numbers[index])); \(rule)")
    }
  }
}

/// A number as a person would write it.
func plain(_ number: Double) -> String { Int(exactly: number).map { "\($0)" } ?? "\(number)" }
