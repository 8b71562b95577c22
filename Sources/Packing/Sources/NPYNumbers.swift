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
    case .float16: words(UInt16.self, in: bytes) { half($0) }
    case .float32: words(UInt32.self, in: bytes) { Double(Float(bitPattern: $0)) }
    case .float64: words(UInt64.self, in: bytes) { Double(bitPattern: $0) }
    }
  }

  /// IEEE 754 binary16: one bit of sign, five of exponent, ten of fraction. x86-64 has no `Float16` in Swift.
  private func half(_ bits: UInt16) -> Double {
    let (exponent, fraction) = (Int(bits >> 10 & 31), Double(bits & 1023))
    let magnitude =
      switch exponent {
      case 0: fraction * 0x1p-24
      case 31: fraction == 0 ? Double.infinity : .nan
      default: Double(sign: .plus, exponent: exponent - 15, significand: 1 + fraction / 1024)
      }
    return bits >> 15 == 0 ? magnitude : -magnitude
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
