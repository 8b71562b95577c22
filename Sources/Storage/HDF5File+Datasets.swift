import CHDF5

extension HDF5File {
  /// Opens a dataset (`H5Dopen2`).
  package func dataset(_ datasetPath: String) throws(StorageError) -> HDF5Dataset {
    guard try exists(datasetPath) else { throw missing("dataset", datasetPath) }
    let location = location.object(datasetPath)
    let dataset = try HDF5Handle.adopting(.dataset, from: "H5Dopen2", at: location) {
      H5Dopen2(handle.identifier, datasetPath, chdf5_default())
    }
    return try HDF5Dataset.describe(dataset, at: location)
  }

  /// Creates a dataset, and the groups it lies in (`H5Dcreate2`): chunks of whole rows with Fletcher32 checksums,
  /// no compression. An empty one, or a single number, has nothing to chunk. Call `close()` on it once it is written.
  ///
  /// - Parameter shape: the extent of every axis; empty for a single number.
  package func createDataset(
    _ datasetPath: String, shape: [Int], _ type: ElementType
  ) throws(StorageError) -> HDF5Dataset {
    let location = location.object(datasetPath)
    try createGroup(datasetPath.split(separator: "/").dropLast().joined(separator: "/"))
    let creation = try datasetCreation(shape, type, location)
    let space = try HDF5Handle.dataspace(shape: shape, at: location)
    let dataset = try HDF5Handle.adopting(.dataset, from: "H5Dcreate2", at: location) {
      H5Dcreate2(
        handle.identifier, datasetPath, type.nativeType, space.identifier, chdf5_default(), creation.identifier,
        chdf5_default())
    }
    return try HDF5Dataset.describe(dataset, at: location)
  }

  /// Reads a whole dataset, converted to `Element` if stored as another number type.
  package func read<Element: StorableElement>(
    _ datasetPath: String, as type: Element.Type
  ) throws(StorageError) -> (shape: [Int], values: [Element]) {
    let dataset = try dataset(datasetPath)
    return (dataset.shape, try dataset.read(as: type))
  }

  /// Reads a whole dataset of any number type as `Double`.
  package func readDoubles(_ datasetPath: String) throws(StorageError) -> (shape: [Int], values: [Double]) {
    try read(datasetPath, as: Double.self)
  }

  /// Reads a whole dataset of any number type as `Float`.
  package func readFloats(_ datasetPath: String) throws(StorageError) -> (shape: [Int], values: [Float]) {
    try read(datasetPath, as: Float.self)
  }

  /// Creates a dataset with these values.
  /// - Precondition: `shape` has as many elements as there are values.
  package func write<Element: StorableElement>(
    _ values: Span<Element>, shape: [Int], to datasetPath: String
  ) throws(StorageError) {
    let dataset = try createDataset(datasetPath, shape: shape, Element.elementType)
    try dataset.write(values)
    try dataset.close()
  }

  /// Creates a dataset with these values.
  /// - Precondition: `shape` has as many elements as there are values.
  package func write<Element: StorableElement>(
    _ values: [Element], shape: [Int], to datasetPath: String
  ) throws(StorageError) {
    try write(values.span, shape: shape, to: datasetPath)
  }

  private func datasetCreation(
    _ shape: [Int], _ type: ElementType, _ location: HDF5Location
  ) throws(StorageError) -> HDF5Handle {
    let list = try HDF5File.propertyList(chdf5_dataset_creation, location)
    try HDF5Library.call("H5Pset_obj_track_times", at: location) { H5Pset_obj_track_times(list.identifier, false) }
    guard !shape.isEmpty, !shape.contains(0) else { return list }
    let rows = blockRowCount(rowByteCount: shape.dropFirst().reduce(type.byteCount, *))
    let chunk = [hsize_t(min(shape[0], rows))] + shape.dropFirst().map { hsize_t($0) }
    try HDF5Library.call("H5Pset_chunk", at: location) {
      H5Pset_chunk(list.identifier, Int32(chunk.count), chunk)
    }
    try HDF5Library.call("H5Pset_fletcher32", at: location) { H5Pset_fletcher32(list.identifier) }
    return list
  }
}

/// How many rows make a chunk, or one block of a long transfer: about 512 KiB, half of HDF5's chunk cache.
func blockRowCount(rowByteCount: Int) -> Int { max(1, (512 << 10) / max(1, rowByteCount)) }
