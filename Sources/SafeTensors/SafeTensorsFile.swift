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
  private let contents: [UInt8]
  private let dataStart: Int
  private let indexByName: [String: Int]

  /// Reads and checks a file.
  ///
  /// A checksum is verified whenever the file has one.
  /// - Parameter requireChecksum: refuses files without. Our own always have one, others may not.
  package static func read(path: String, requireChecksum: Bool) throws(SafeTensorsError) -> SafeTensorsFile {
    do {
      return try SafeTensorsFile(
        contents: try contentsOfFile(path), path: path, requireChecksum: requireChecksum)
    } catch {
      throw SafeTensorsError(path: path, tensor: error.tensor, error.problem)
    }
  }

  /// Checks the bytes of a file.
  package init(contents: [UInt8], path: String? = nil, requireChecksum: Bool) throws(SafeTensorsError) {
    let headerEnd = try Self.headerEnd(of: contents)
    let header = try Header(parsing: contents[8..<headerEnd], dataByteCount: contents.count - headerEnd)
    (metadata, tensors) = (header.metadata, header.tensors)
    (self.contents, dataStart, self.path) = (contents, headerEnd, path)
    indexByName = Dictionary(header.tensors.indices.map { (header.tensors[$0].name, $0) }, uniquingKeysWith: { $1 })
    try verifyChecksum(required: requireChecksum)
  }

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
    guard let index = indexByName[name] else {
      throw SafeTensorsError(path: path, tensor: name, "not in the file, which holds \(tensors.count) tensors")
    }
    guard tensors[index].type == type else {
      throw SafeTensorsError(
        path: path, tensor: name, "\(type.rawValue) was expected, found \(tensors[index].type.rawValue)")
    }
    return tensors[index]
  }

  private func withBytes<Result>(of tensor: TensorInfo, _ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    contents.withUnsafeBytes { all in
      body(
        UnsafeRawBufferPointer(rebasing: all[dataStart + tensor.bytes.lowerBound..<dataStart + tensor.bytes.upperBound])
      )
    }
  }

  /// Where the data begins, from the length in the first eight bytes.
  private static func headerEnd(of contents: [UInt8]) throws(SafeTensorsError) -> Int {
    guard contents.count >= 8 else {
      throw SafeTensorsError("a safetensors file begins with 8 bytes of length, this one has \(contents.count) bytes")
    }
    let length = contents[..<8].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard length <= UInt64(min(contents.count - 8, Header.maximumByteCount)) else {
      throw SafeTensorsError(
        "the header should take \(length) bytes, but \(contents.count - 8) follow: cut short, or not a safetensors file"
      )
    }
    return 8 + Int(length)
  }

  private func verifyChecksum(required: Bool) throws(SafeTensorsError) {
    guard let expected = metadata[Checksum.key] else {
      if required { throw SafeTensorsError("there is no checksum in its metadata") }
      return
    }
    let checksum = Checksum(metadata: metadata, tensors: tensors)
    contents.withUnsafeBytes { checksum.update(UnsafeRawBufferPointer(rebasing: $0[dataStart...])) }
    guard checksum.text == expected else {
      throw SafeTensorsError("damaged: its checksum is \(checksum.text), the metadata says \(expected)")
    }
  }
}
