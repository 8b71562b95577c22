import Foundation

/// Composes a safetensors file and writes it straight from the memory of its tensors.
///
/// Tensors appear in the order in which they are added. Writing neither creates nor renames files: it fills a
/// descriptor, and whoever opened that makes the file appear whole.
package struct SafeTensorsWriter {
  private let metadata: [String: String]
  private let hasChecksum: Bool
  private var tensors: [TensorInfo] = []
  private var sources: [Source] = []
  private var names: Set<String> = []

  private enum Source {
    case floats([Float])
    case bytes([UInt8])
    case memory(UnsafeRawBufferPointer)
    case made(count: Int, () -> [Float])

    func withBytes<Result, Failure>(_ body: (UnsafeRawBufferPointer) throws(Failure) -> Result) throws(Failure)
      -> Result
    {
      switch self {
      case .floats(let array): return try array.span.bytes.withUnsafeBytes(body)
      case .bytes(let array): return try array.span.bytes.withUnsafeBytes(body)
      case .memory(let buffer): return try body(buffer)
      case .made(let count, let make):
        let array = make()
        precondition(array.count == count, "\(array.count) values were made, not \(count)")
        return try array.span.bytes.withUnsafeBytes(body)
      }
    }
  }

  /// - Parameters:
  ///   - metadata: anything but the key `checksum`, which the writer sets.
  ///   - withChecksum: whether it does. Programs that change tensors and keep the metadata would make it wrong.
  package init(metadata: [String: String] = [:], withChecksum: Bool = true) {
    precondition(metadata[Checksum.key] == nil, "the writer computes the checksum")
    (self.metadata, hasChecksum) = (metadata, withChecksum)
  }

  /// Adds an F32 tensor.
  /// - Parameters:
  ///   - name: not added before.
  ///   - shape: row major; its product is the count of `floats`.
  package mutating func add(_ name: String, shape: [Int], floats: [Float]) {
    add(name, .float32, shape, .floats(floats), byteCount: 4 * floats.count)
  }

  /// Adds an F32 tensor whose values are made when they are needed, and then forgotten.
  /// - Parameter make: gives as many values as the shape says, the same every time: it is called twice.
  package mutating func add(_ name: String, shape: [Int], making make: @escaping () -> [Float]) {
    let count = shape.reduce(1, *)
    add(name, .float32, shape, .made(count: count, make), byteCount: 4 * count)
  }

  /// Adds a U8 tensor.
  package mutating func add(_ name: String, shape: [Int], bytes: [UInt8]) {
    add(name, .uint8, shape, .bytes(bytes), byteCount: bytes.count)
  }

  /// Adds an F32 tensor that stays where it is, such as a slice of a parameter arena.
  /// - Parameter buffer: must live, unchanged, until the file is written.
  package mutating func add(_ name: String, shape: [Int], borrowing buffer: UnsafeBufferPointer<Float>) {
    add(name, .float32, shape, .memory(UnsafeRawBufferPointer(buffer)), byteCount: 4 * buffer.count)
  }

  private mutating func add(_ name: String, _ type: ElementType, _ shape: [Int], _ source: Source, byteCount count: Int)
  {
    precondition(
      shape.allSatisfy { $0 >= 0 } && byteCount(of: type, shape: shape) == count, "\(name): shape and count differ")
    precondition(name != Header.metadataKey && names.insert(name).inserted, "\(name) is taken")
    let start = tensors.last?.bytes.upperBound ?? 0
    tensors.append(TensorInfo(name: name, type: type, shape: shape, bytes: start..<start + count))
    sources.append(source)
  }

  /// Passes the file's bytes on, chunk by chunk and in order, without copying the tensors.
  ///
  /// The tensors are read twice, for the checksum in the header first.
  package func forEachChunk<Failure>(
    _ body: (UnsafeRawBufferPointer) throws(Failure) -> Void
  ) throws(Failure) {
    let checksum = hasChecksum ? [Checksum.key: checksumText] : [:]
    try Header(metadata: metadata.merging(checksum) { $1 }, tensors: tensors).encoded.span.bytes.withUnsafeBytes(body)
    for source in sources { try source.withBytes(body) }
  }

  private var checksumText: String {
    let checksum = Checksum(metadata: metadata, tensors: tensors)
    for source in sources { source.withBytes { checksum.update($0) } }
    return checksum.text
  }

  /// Writes the file from the descriptor's position on. Neither syncs nor closes it.
  package func write(to fileDescriptor: Int32) throws(SafeTensorsError) {
    try forEachChunk { (chunk) throws(SafeTensorsError) in try writeAll(chunk, to: fileDescriptor) }
  }
}

private func writeAll(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) throws(SafeTensorsError) {
  var written = 0
  while written < bytes.count {
    let count = Foundation.write(descriptor, bytes.baseAddress! + written, bytes.count - written)
    if count < 0, errno == EINTR { continue }
    guard count > 0 else { throw systemError("cannot write") }
    written += count
  }
}
