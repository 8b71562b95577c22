/// The table of a file: its metadata and its tensors in the order of their data.
struct Header {
  var metadata: [String: String] = [:]
  var tensors: [TensorInfo] = []

  /// The metadata's key among the tensors' names.
  static let metadataKey = "__metadata__"
  /// The largest header the reference implementation reads; it bounds what a damaged length can make us allocate.
  static let maximumByteCount = 100_000_000

  /// Parses and checks a header.
  /// - Parameter dataByteCount: the bytes that follow the header in the file; the tensors must fill them exactly.
  init(parsing bytes: ArraySlice<UInt8>, dataByteCount: Int) throws(SafeTensorsError) {
    var reader = HeaderReader(bytes)
    guard bytes.first == UInt8(ascii: "{") else { throw reader.malformed("{ was expected") }
    var (metadata, tensors): ([String: String], [TensorInfo]) = ([:], [])
    try reader.object { (reader, key) throws(SafeTensorsError) in
      if key == Self.metadataKey {
        try reader.object { (reader, key) throws(SafeTensorsError) in metadata[key] = try reader.string() }
      } else {
        tensors.append(try Self.tensor(named: key, from: &reader))
      }
    }
    try reader.end()
    self.metadata = metadata
    self.tensors = tensors.sorted {
      ($0.bytes.lowerBound, $0.bytes.upperBound) < ($1.bytes.lowerBound, $1.bytes.upperBound)
    }
    try checkTiling(of: dataByteCount)
  }

  /// The header of a new file: tensors one after the other.
  init(metadata: [String: String], tensors: [TensorInfo]) {
    (self.metadata, self.tensors) = (metadata, tensors)
  }

  /// Eight bytes of length, the JSON, and spaces up to a multiple of eight, so that the data begins aligned.
  var encoded: [UInt8] {
    var entries: [String] = []
    if !metadata.isEmpty {
      let pairs = metadata.sorted { $0.key < $1.key }.map { "\(quoted($0.key)):\(quoted($0.value))" }
      entries.append("\(quoted(Self.metadataKey)):{\(pairs.joined(separator: ","))}")
    }
    entries += tensors.map(Self.entry)
    var text = Array("{\(entries.joined(separator: ","))}".utf8)
    text += [UInt8](repeating: UInt8(ascii: " "), count: (8 - text.count % 8) % 8)
    return (0..<8).map { UInt8(truncatingIfNeeded: text.count >> (8 * $0)) } + text
  }

  private static func entry(_ tensor: TensorInfo) -> String {
    let offsets = [tensor.bytes.lowerBound, tensor.bytes.upperBound]
    return "\(quoted(tensor.name)):{\"dtype\":\"\(tensor.type.rawValue)\","
      + "\"shape\":\(json(tensor.shape)),\"data_offsets\":\(json(offsets))}"
  }

  private static func tensor(
    named name: String, from reader: inout HeaderReader
  ) throws(SafeTensorsError) -> TensorInfo {
    var (typeName, shape, offsets): (String?, [Int]?, [Int]?)
    try reader.object { (reader, key) throws(SafeTensorsError) in
      switch key {
      case "dtype": typeName = try reader.string()
      case "shape": shape = try reader.wholeNumbers()
      case "data_offsets": offsets = try reader.wholeNumbers()
      default: throw reader.malformed("unknown key \(quoted(key)) of tensor \(quoted(name))")
      }
    }
    guard let typeName, let shape, let offsets else {
      throw SafeTensorsError(tensor: name, "dtype, shape and data_offsets were expected")
    }
    return try checkedTensor(name: name, typeName: typeName, shape: shape, offsets: offsets)
  }

  private static func checkedTensor(
    name: String, typeName: String, shape: [Int], offsets: [Int]
  ) throws(SafeTensorsError) -> TensorInfo {
    guard let type = ElementType(rawValue: typeName) else {
      throw SafeTensorsError(tensor: name, "unknown dtype \(quoted(typeName))")
    }
    guard offsets.count == 2, offsets[0] <= offsets[1] else {
      throw SafeTensorsError(tensor: name, "data_offsets must be a begin and an end, found \(json(offsets))")
    }
    let found = offsets[1] - offsets[0]
    guard let expected = byteCount(of: type, shape: shape), expected == found else {
      let expected = byteCount(of: type, shape: shape).map(String.init) ?? "more than \(Int.max)"
      throw SafeTensorsError(
        tensor: name, "\(typeName) of shape \(json(shape)) takes \(expected) bytes, but its data_offsets span \(found)")
    }
    return TensorInfo(name: name, type: type, shape: shape, bytes: offsets[0]..<offsets[1])
  }

  /// No holes, no overlaps, nothing left over.
  private func checkTiling(of dataByteCount: Int) throws(SafeTensorsError) {
    var end = 0
    for tensor in tensors {
      guard tensor.bytes.lowerBound == end else {
        throw SafeTensorsError(
          tensor: tensor.name,
          "its data begins at \(tensor.bytes.lowerBound), but the data before it ends at \(end)")
      }
      end = tensor.bytes.upperBound
    }
    guard end == dataByteCount else {
      throw SafeTensorsError("the header describes \(end) bytes of data, the file holds \(dataByteCount)")
    }
  }
}
