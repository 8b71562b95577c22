import CHDF5

/// An attribute opened for reading.
struct HDF5Attribute: ~Copyable {
  private let handle: HDF5Handle
  private let type: HDF5Handle
  private let space: HDF5Handle
  private let location: HDF5Location
  private let count: Int
  let typeClass: H5T_class_t
  /// Whether it holds texts of variable length.
  let isVariable: Bool

  static func describe(_ handle: consuming HDF5Handle, at location: HDF5Location) throws(StorageError) -> HDF5Attribute
  {
    let identifier = handle.identifier
    let type = try HDF5Handle.adopting(.datatype, from: "H5Aget_type", at: location) { H5Aget_type(identifier) }
    let space = try HDF5Handle.adopting(.dataspace, from: "H5Aget_space", at: location) { H5Aget_space(identifier) }
    var typeClass = H5T_NO_CLASS
    try HDF5Library.call("H5Tget_class", at: location) {
      typeClass = H5Tget_class(type.identifier)
      return typeClass == H5T_NO_CLASS ? Int32(-1) : 0
    }
    let count = Int(
      try HDF5Library.call("H5Sget_simple_extent_npoints", at: location) {
        H5Sget_simple_extent_npoints(space.identifier)
      })
    guard count <= 1 << 24 else {
      throw StorageError(
        .damaged, object: location.object, path: location.path, "\(count) values are too many for an attribute")
    }
    let isVariable =
      try HDF5Library.call("H5Tis_variable_str", at: location) {
        typeClass == H5T_STRING ? H5Tis_variable_str(type.identifier) : 0
      } > 0
    return HDF5Attribute(
      handle: handle, type: type, space: space, location: location, count: count, typeClass: typeClass,
      isVariable: isVariable)
  }

  func readNumbers<Number: StorableElement>(as _: Number.Type) throws(StorageError) -> [Number] {
    var numbers = [Number](repeating: .zero, count: count)
    try HDF5Library.call("H5Aread", at: location) {
      numbers.withUnsafeMutableBytes { H5Aread(handle.identifier, Number.elementType.nativeType, $0.baseAddress) }
    }
    return numbers
  }

  /// The library allocates each text; they are copied and given back to it.
  func readVariableStrings() throws(StorageError) -> [String] {
    var pointers = [UnsafeMutablePointer<CChar>?](repeating: nil, count: count)
    try HDF5Library.call("H5Aread", at: location) {
      pointers.withUnsafeMutableBytes { H5Aread(handle.identifier, type.identifier, $0.baseAddress) }
    }
    let texts = pointers.map { $0.map { String(cString: $0) } ?? "" }
    try HDF5Library.call("H5Dvlen_reclaim", at: location) {
      pointers.withUnsafeMutableBytes {
        H5Dvlen_reclaim(type.identifier, space.identifier, chdf5_default(), $0.baseAddress)
      }
    }
    return texts
  }

  /// Texts of one length each, ended early by a zero byte.
  func readFixedStrings() throws(StorageError) -> [String] {
    let length = try HDF5Library.call("H5Tget_size", at: location) {
      let size = Int(H5Tget_size(type.identifier))
      return size == 0 ? -1 : size
    }
    guard let byteCount = product(of: [count, length]), byteCount <= 1 << 28 else {
      throw StorageError(
        .damaged, object: location.object, path: location.path, "texts of \(length) bytes are too long for an attribute"
      )
    }
    var bytes = [UInt8](repeating: 0, count: byteCount)
    try HDF5Library.call("H5Aread", at: location) {
      bytes.withUnsafeMutableBytes { H5Aread(handle.identifier, type.identifier, $0.baseAddress) }
    }
    return (0..<count).map { index in
      String(decoding: bytes[(index * length)..<((index + 1) * length)].prefix { $0 != 0 }, as: UTF8.self)
    }
  }
}
