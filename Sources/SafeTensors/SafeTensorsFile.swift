#if !_endian(little)
  #error("safetensors data is little-endian and copied as it is")
#endif

/// A safetensors file in memory, checked when it was read.
package struct SafeTensorsFile: Sendable {
  /// The string map `__metadata__`, with the checksum if there is one.
  package let metadata: [String: String]
  /// The tensors in the order of their data.
  package let tensors: [TensorInfo]

  private let path: String?
  /// The data section.
  private let data: [UInt8]
  private let indexByName: [String: Int]

  /// Reads and checks a file.
  ///
  /// A checksum is verified whenever the file has one.
  /// - Parameter requireChecksum: refuses files without. Our own always have one, others may not.
  package static func read(path: String, requireChecksum: Bool) throws -> SafeTensorsFile {
    try read(path: path) { _ in requireChecksum }
  }

  /// Reads and checks a file. The header comes first, so that a file which is something else is not read to its end.
  /// - Parameter examine: sees the metadata before the data is read. Throws if the file is not wanted; says whether it
  ///   must have a checksum.
  /// - Throws: `SafeTensorsError`, or what `examine` throws.
  package static func read(
    path: String, examine: (_ metadata: [String: String]) throws -> Bool
  ) throws -> SafeTensorsFile {
    do {
      let input = try FileInput.open(path)
      let prefix = try input.read(min(8, input.byteCount))
      let headerByteCount = try headerByteCount(prefix, fileByteCount: input.byteCount)
      let dataByteCount = input.byteCount - 8 - headerByteCount
      let header = try Header(parsing: try input.read(headerByteCount)[...], dataByteCount: dataByteCount)
      let requireChecksum = try examine(header.metadata)
      return try SafeTensorsFile(
        header, data: try input.read(dataByteCount), path: path, requireChecksum: requireChecksum)
    } catch let error as SafeTensorsError {
      throw SafeTensorsError(path: path, tensor: error.tensor, error.problem)
    }
  }

  /// Checks the bytes of a file.
  package init(contents: [UInt8], path: String? = nil, requireChecksum: Bool) throws(SafeTensorsError) {
    let dataStart = 8 + (try Self.headerByteCount(contents, fileByteCount: contents.count))
    let header = try Header(parsing: contents[8..<dataStart], dataByteCount: contents.count - dataStart)
    try self.init(header, data: Array(contents[dataStart...]), path: path, requireChecksum: requireChecksum)
  }

  private init(_ header: Header, data: [UInt8], path: String?, requireChecksum: Bool) throws(SafeTensorsError) {
    (metadata, tensors) = (header.metadata, header.tensors)
    (self.data, self.path) = (data, path)
    indexByName = Dictionary(header.tensors.indices.map { (header.tensors[$0].name, $0) }, uniquingKeysWith: { $1 })
    try verifyChecksum(required: requireChecksum)
  }

  /// What the header says of a tensor; nil if there is none of that name.
  package func tensor(named name: String) -> TensorInfo? { indexByName[name].map { tensors[$0] } }

  /// The elements of an F32 tensor, row major.
  package func floats(named name: String) throws(SafeTensorsError) -> [Float] {
    let tensor = try tensor(named: name, of: .float32)
    return [Float](unsafeUninitializedCapacity: tensor.elementCount) { buffer, count in
      withBytes(of: tensor) { UnsafeMutableRawBufferPointer(buffer).copyMemory(from: $0) }
      count = tensor.elementCount
    }
  }

  /// Copies the elements of an F32 tensor to where they belong, without an array in between.
  /// - Parameter destination: as many elements as the tensor has; an error otherwise, naming both counts.
  package func copyFloats(
    named name: String, into destination: UnsafeMutableBufferPointer<Float>
  ) throws(SafeTensorsError) {
    let tensor = try tensor(named: name, of: .float32)
    guard tensor.elementCount == destination.count else {
      throw SafeTensorsError(
        path: path, tensor: name, "\(destination.count) elements were expected, found shape \(json(tensor.shape))")
    }
    withBytes(of: tensor) { UnsafeMutableRawBufferPointer(destination).copyMemory(from: $0) }
  }

  /// The elements of a U8 tensor, row major.
  package func bytes(named name: String) throws(SafeTensorsError) -> [UInt8] {
    let tensor = try tensor(named: name, of: .uint8)
    return withBytes(of: tensor) { [UInt8]($0) }
  }

  /// What the header says of a tensor, which must have elements of `type`.
  private func tensor(named name: String, of type: ElementType) throws(SafeTensorsError) -> TensorInfo {
    guard let tensor = tensor(named: name) else {
      throw SafeTensorsError(path: path, tensor: name, "not in the file, which holds \(tensors.count) tensors")
    }
    guard tensor.type == type else {
      throw SafeTensorsError(path: path, tensor: name, "\(type.rawValue) was expected, found \(tensor.type.rawValue)")
    }
    return tensor
  }

  private func withBytes<Result>(of tensor: TensorInfo, _ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    data.withUnsafeBytes { body(UnsafeRawBufferPointer(rebasing: $0[tensor.bytes])) }
  }

  /// The length in the first eight bytes.
  private static func headerByteCount(_ contents: [UInt8], fileByteCount: Int) throws(SafeTensorsError) -> Int {
    guard contents.count >= 8 else {
      throw SafeTensorsError("a safetensors file begins with 8 bytes of length, this one has \(contents.count) bytes")
    }
    let length = contents[..<8].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard length <= UInt64(min(fileByteCount - 8, Header.maximumByteCount)) else {
      throw SafeTensorsError(
        "the header should take \(length) bytes, but \(fileByteCount - 8) follow: cut short, or not a safetensors file"
      )
    }
    return Int(length)
  }

  private func verifyChecksum(required: Bool) throws(SafeTensorsError) {
    guard let expected = metadata[Checksum.key] else {
      if required { throw SafeTensorsError("there is no checksum in its metadata") }
      return
    }
    let checksum = Checksum(metadata: metadata, tensors: tensors)
    data.withUnsafeBytes { checksum.update($0) }
    guard checksum.text == expected else {
      throw SafeTensorsError("damaged: its checksum is \(checksum.text), the metadata says \(expected)")
    }
  }
}
