import CHDF5

/// Datasets of other programs.
extension HDF5Dataset {
  /// What a dataset holds.
  package enum Content: Equatable, Sendable {
    /// Numbers of the type that NumPy calls so, such as `uint16`; h5py's truth values are `bool`.
    case number(String)
    case text
    case other
  }

  package func content() throws(StorageError) -> Content {
    let type = try fileType()
    var content = Content.other
    try HDF5Library.call("H5Tget_class", at: location) {
      let bits = 8 * Int(H5Tget_size(type.identifier))
      let typeClass = H5Tget_class(type.identifier)
      switch typeClass {
      case H5T_INTEGER: content = .number("\(H5Tget_sign(type.identifier) == H5T_SGN_2 ? "" : "u")int\(bits)")
      case H5T_FLOAT: content = .number("float\(bits)")
      case H5T_ENUM: content = H5Tget_nmembers(type.identifier) == 2 ? .number("bool") : .number("int64")
      case H5T_STRING: content = .text
      default: break
      }
      return typeClass == H5T_NO_CLASS ? Int32(-1) : 0
    }
    return content
  }

  /// Reads texts of variable or fixed length, UTF-8.
  /// - Precondition: the content is text, with one a row.
  package func readTexts(_ rows: Range<Int>) throws(StorageError) -> [String] {
    let type = try fileType()
    let isVariable =
      try HDF5Library.call("H5Tis_variable_str", at: location) { H5Tis_variable_str(type.identifier) } > 0
    return isVariable ? try variableTexts(rows, type) : try fixedTexts(rows, type)
  }

  /// The library allocates each text; they are copied and given back to it.
  private func variableTexts(_ rows: Range<Int>, _ type: borrowing HDF5Handle) throws(StorageError) -> [String] {
    var pointers = [UnsafeMutablePointer<CChar>?](repeating: nil, count: rows.count)
    let spaces = try spaces(for: rows)
    let identifier = type.identifier
    try HDF5Library.call("H5Dread", at: location) {
      pointers.withUnsafeMutableBytes {
        H5Dread(
          handle.identifier, identifier, spaces.memory.identifier, spaces.file.identifier, chdf5_default(),
          $0.baseAddress)
      }
    }
    let texts = pointers.map { $0.map { String(cString: $0) } ?? "" }
    try HDF5Library.call("H5Dvlen_reclaim", at: location) {
      pointers.withUnsafeMutableBytes {
        H5Dvlen_reclaim(identifier, spaces.memory.identifier, chdf5_default(), $0.baseAddress)
      }
    }
    return texts
  }

  /// Texts of one length each, filled up with zeros or spaces.
  private func fixedTexts(_ rows: Range<Int>, _ type: borrowing HDF5Handle) throws(StorageError) -> [String] {
    let identifier = type.identifier
    var padding = H5T_STR_NULLTERM
    let length = try HDF5Library.call("H5Tget_size", at: location) {
      padding = H5Tget_strpad(identifier)
      let size = Int(H5Tget_size(identifier))
      return (1...(1 << 16)).contains(size) ? size : -1
    }
    var bytes = [UInt8](repeating: 0, count: rows.count * length)
    let spaces = try spaces(for: rows)
    try HDF5Library.call("H5Dread", at: location, byteCount: bytes.count) {
      bytes.withUnsafeMutableBytes {
        H5Dread(
          handle.identifier, identifier, spaces.memory.identifier, spaces.file.identifier, chdf5_default(),
          $0.baseAddress)
      }
    }
    return (0..<rows.count).map { index in
      var text = bytes[(index * length)..<((index + 1) * length)].prefix { $0 != 0 }
      if padding == H5T_STR_SPACEPAD { while text.last == UInt8(ascii: " ") { text.removeLast() } }
      return storedText(text)
    }
  }

  private func fileType() throws(StorageError) -> HDF5Handle {
    try HDF5Handle.adopting(.datatype, from: "H5Dget_type", at: location) { H5Dget_type(handle.identifier) }
  }
}

/// UTF-8; other bytes as Latin-1, so that different ones stay different.
package func storedText(_ bytes: ArraySlice<UInt8>) -> String {
  if let text = String(validating: bytes, as: UTF8.self) { return text }
  var text = String.UnicodeScalarView()
  for byte in bytes { text.append(Unicode.Scalar(byte)) }
  return String(text)
}

extension HDF5File {
  /// - Precondition: the object is there.
  package func isGroup(_ objectPath: String) throws(StorageError) -> Bool { try kind(of: objectPath) == H5I_GROUP }
}
