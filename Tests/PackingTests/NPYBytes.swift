/// The bytes of a `.npy` file, for arrays that are made in a test.
enum NPYBytes {
  /// - Parameter version: 1 has a header length of two bytes, 2 and 3 of four.
  static func file(header: String, _ data: [UInt8], version: UInt8 = 1) -> [UInt8] {
    let text = Array((header + "\n").utf8)
    let length = (0..<(version == 1 ? 2 : 4)).map { UInt8(truncatingIfNeeded: text.count >> (8 * $0)) }
    return [0x93] + Array("NUMPY".utf8) + [version, 0] + length + text + data
  }

  static func header(_ descr: String, _ shape: [Int], fortranOrder: Bool = false) -> String {
    let extents = shape.map { "\($0), " }.joined()
    return "{'descr': '\(descr)', 'fortran_order': \(fortranOrder ? "True" : "False"), 'shape': (\(extents)), }"
  }

  /// An array of whole numbers of any width and byte order.
  static func integers<Number: FixedWidthInteger>(
    _ values: [Number], _ shape: [Int], _ descr: String, version: UInt8 = 1
  ) -> [UInt8] {
    let ordered = values.map { descr.hasPrefix(">") ? $0.bigEndian : $0.littleEndian }
    return file(header: header(descr, shape), ordered.withUnsafeBytes { Array($0) }, version: version)
  }

  static func floats(_ values: [Float], _ shape: [Int], _ descr: String = "<f4") -> [UInt8] {
    integers(values.map(\.bitPattern), shape, descr)
  }

  static func doubles(_ values: [Double], _ shape: [Int], _ descr: String = "<f8") -> [UInt8] {
    integers(values.map(\.bitPattern), shape, descr)
  }
}
