import CHDF5

extension HDF5Handle {
  /// A dataspace of `shape`; an empty shape is a scalar.
  static func dataspace(shape: [Int], at location: HDF5Location) throws(StorageError) -> HDF5Handle {
    let dimensions = shape.map { hsize_t($0) }
    return try adopting(.dataspace, from: "H5Screate_simple", at: location) {
      shape.isEmpty ? H5Screate(H5S_SCALAR) : H5Screate_simple(Int32(shape.count), dimensions, nil)
    }
  }

  /// The extent of this dataspace.
  func dataspaceShape(at location: HDF5Location) throws(StorageError) -> [Int] {
    let rank = try HDF5Library.call("H5Sget_simple_extent_ndims", at: location) {
      H5Sget_simple_extent_ndims(identifier)
    }
    var dimensions = [hsize_t](repeating: 0, count: Int(rank))
    try HDF5Library.call("H5Sget_simple_extent_dims", at: location) {
      H5Sget_simple_extent_dims(identifier, &dimensions, nil)
    }
    // Whoever asks for the number of elements may multiply.
    let shape = dimensions.compactMap { Int(exactly: $0) }
    guard shape.count == dimensions.count, let count = product(of: shape.filter { $0 > 0 }), count <= Int.max >> 4
    else {
      throw StorageError(
        .damaged, object: location.object, path: location.path, "no file can hold an array of shape \(dimensions)")
    }
    return shape
  }

  /// Selects whole rows (indices along axis 0) of this dataspace, whose extent is `shape`.
  func selectRows(_ rows: Range<Int>, of shape: [Int], at location: HDF5Location) throws(StorageError) {
    let start = [hsize_t(rows.lowerBound)] + shape.dropFirst().map { _ in 0 }
    let count = [hsize_t(rows.count)] + shape.dropFirst().map { hsize_t($0) }
    try HDF5Library.call("H5Sselect_hyperslab", at: location) {
      H5Sselect_hyperslab(identifier, H5S_SELECT_SET, start, nil, count, nil)
    }
  }
}

/// What a transfer selects in the file, and the same shape in memory.
struct HDF5SpacePair: ~Copyable {
  let file: HDF5Handle
  let memory: HDF5Handle
}
