import CHDF5

/// An open dataset: a row-major array whose first axis counts rows.
package struct HDF5Dataset: ~Copyable, Sendable {
  /// The extent of every axis; empty for a single number.
  package let shape: [Int]
  /// The stored type, or nil if it is none of ours; reading still converts from any number type.
  package let elementType: ElementType?
  /// How many rows one chunk holds, or nil if the data is not chunked.
  package let chunkRowCount: Int?
  let handle: HDF5Handle
  let location: HDF5Location

  /// Owns an opened dataset, asks for its shape and type, and makes sure that it can be read.
  static func describe(_ handle: consuming HDF5Handle, at location: HDF5Location) throws(StorageError) -> HDF5Dataset {
    let identifier = handle.identifier
    let space = try HDF5Handle.adopting(.dataspace, from: "H5Dget_space", at: location) { H5Dget_space(identifier) }
    let shape = try space.dataspaceShape(at: location)
    let elementType = try elementType(of: identifier, location)
    let creation = try HDF5Handle.adopting(.propertyList, from: "H5Dget_create_plist", at: location) {
      H5Dget_create_plist(identifier)
    }
    try creation.checkFilters(at: location)
    let chunkRowCount = try creation.chunkRowCount(rank: shape.count, at: location)
    return HDF5Dataset(
      shape: shape, elementType: elementType, chunkRowCount: chunkRowCount, handle: handle, location: location)
  }

  /// The extent of the first axis.
  /// - Precondition: the dataset is not a single number.
  package var rowCount: Int { shape[0] }

  /// How many numbers one row has.
  package var rowElementCount: Int { shape.dropFirst().reduce(1, *) }

  /// How many numbers there are.
  package var elementCount: Int { shape.reduce(1, *) }

  /// Reads a contiguous range of rows (`H5Dread`), converted to `type` if stored as another.
  /// - Parameter buffer: exactly the rows' bytes.
  package func readRows(
    _ rows: Range<Int>, as type: ElementType, into buffer: UnsafeMutableRawBufferPointer
  ) throws(StorageError) {
    checkRows(rows, type, byteCount: buffer.count)
    guard !buffer.isEmpty else { return }
    let spaces = try spaces(for: rows)
    try HDF5Library.call("H5Dread", at: location, byteCount: buffer.count) {
      H5Dread(
        handle.identifier, type.nativeType, spaces.memory.identifier, spaces.file.identifier, chdf5_default(),
        buffer.baseAddress)
    }
  }

  /// Writes the rows from `row` on (`H5Dwrite`).
  /// - Parameter bytes: whole rows of `type`.
  package func writeRows(from row: Int, as type: ElementType, _ bytes: RawSpan) throws(StorageError) {
    let rows = row..<(row + bytes.byteCount / max(1, rowElementCount * type.byteCount))
    checkRows(rows, type, byteCount: bytes.byteCount)
    guard !bytes.isEmpty else { return }
    let spaces = try spaces(for: rows)
    try HDF5Library.call("H5Dwrite", at: location, byteCount: bytes.byteCount) {
      bytes.withUnsafeBytes {
        H5Dwrite(
          handle.identifier, type.nativeType, spaces.memory.identifier, spaces.file.identifier, chdf5_default(),
          $0.baseAddress)
      }
    }
  }

  /// Closes a dataset that was written, and throws if its last chunk could not be: merely dropping it would hide that.
  package consuming func close() throws(StorageError) {
    let location = location
    try handle.close(at: location)
  }

  /// Reads everything, converted if stored as another type.
  package func read<Element: StorableElement>(as _: Element.Type) throws(StorageError) -> [Element] {
    var values = [Element](repeating: .zero, count: elementCount)
    guard !values.isEmpty else { return values }
    try HDF5Library.call("H5Dread", at: location, byteCount: values.count * Element.elementType.byteCount) {
      values.withUnsafeMutableBytes {
        H5Dread(
          handle.identifier, Element.elementType.nativeType, chdf5_all(), chdf5_all(), chdf5_default(), $0.baseAddress)
      }
    }
    return values
  }

  /// Writes everything.
  package func write<Element: StorableElement>(_ values: Span<Element>) throws(StorageError) {
    precondition(values.count == elementCount, "\(values.count) values for a dataset of \(elementCount)")
    guard !values.isEmpty else { return }
    try HDF5Library.call("H5Dwrite", at: location, byteCount: values.count * Element.elementType.byteCount) {
      values.withUnsafeBytes {
        H5Dwrite(
          handle.identifier, Element.elementType.nativeType, chdf5_all(), chdf5_all(), chdf5_default(), $0.baseAddress)
      }
    }
  }
}

extension HDF5Dataset {
  private func checkRows(_ rows: Range<Int>, _ type: ElementType, byteCount: Int) {
    precondition(!shape.isEmpty, "a single number has no rows")
    precondition(rows.lowerBound >= 0 && rows.upperBound <= rowCount, "rows \(rows) of \(rowCount)")
    precondition(
      byteCount == rows.count * rowElementCount * type.byteCount, "\(byteCount) bytes do not hold rows \(rows)")
  }

  /// The rows selected in the file, and the matching selection in memory.
  func spaces(for rows: Range<Int>) throws(StorageError) -> HDF5SpacePair {
    let file = try HDF5Handle.adopting(.dataspace, from: "H5Dget_space", at: location) {
      H5Dget_space(handle.identifier)
    }
    try file.selectRows(rows, of: shape, at: location)
    let memory = try HDF5Handle.dataspace(shape: [rows.count] + shape.dropFirst(), at: location)
    return HDF5SpacePair(file: file, memory: memory)
  }

  private static func elementType(of dataset: hid_t, _ location: HDF5Location) throws(StorageError) -> ElementType? {
    let type = try HDF5Handle.adopting(.datatype, from: "H5Dget_type", at: location) { H5Dget_type(dataset) }
    var result: ElementType?
    try HDF5Library.call("H5Tget_class", at: location) {
      let typeClass = H5Tget_class(type.identifier)
      let isSigned = typeClass != H5T_INTEGER || H5Tget_sign(type.identifier) == H5T_SGN_2
      result = ElementType(class: typeClass, byteCount: Int(H5Tget_size(type.identifier)), isSigned: isSigned)
      return typeClass == H5T_NO_CLASS ? Int32(-1) : 0
    }
    return result
  }

  /// Throws if the file cannot hold what the shape says, before anybody asks for that much memory.
  ///
  /// Datasets of up to 1 GiB may be unwritten (HDF5 then reads zeros). Larger ones must be there, which the strongest
  /// compression of HDF5's makes about 1000 times smaller.
  func checkStorage() throws(StorageError) {
    guard let elementType else { return }
    let byteCount = elementCount * elementType.byteCount
    var stored: hsize_t = 0
    try HDF5Library.call("H5Dget_storage_size", at: location) {
      stored = H5Dget_storage_size(handle.identifier)
      return 0
    }
    guard byteCount > 1 << 30, stored < hsize_t(byteCount / 2048) else { return }
    throw StorageError(
      .damaged, object: location.object, path: location.path,
      "shape \(shape) of \(elementType.rawValue) is \(byteCount) bytes, of which the file holds \(stored)",
      advice: "The file is incomplete: copy it or write it again")
  }
}
