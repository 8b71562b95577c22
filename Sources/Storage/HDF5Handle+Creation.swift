import CHDF5

/// What the property list of a dataset's creation says.
extension HDF5Handle {
  /// How many rows one chunk holds, or nil if the data is not chunked.
  func chunkRowCount(rank: Int, at location: HDF5Location) throws(StorageError) -> Int? {
    var chunk = [hsize_t](repeating: 0, count: rank)
    let chunkRank = try HDF5Library.call("H5Pget_chunk", at: location) {
      H5Pget_layout(identifier) == H5D_CHUNKED ? H5Pget_chunk(identifier, Int32(rank), &chunk) : 0
    }
    return chunkRank > 0 ? chunk.first.map { Int(clamping: $0) } : nil
  }

  /// Throws if the chunks went through a filter that is not here: reading them would fail.
  func checkFilters(at location: HDF5Location) throws(StorageError) {
    let count = try HDF5Library.call("H5Pget_nfilters", at: location) { H5Pget_nfilters(identifier) }
    for index in 0..<UInt32(count) {
      var name = [CChar](repeating: 0, count: 64)
      var (flags, parameterCount, configuration): (UInt32, Int, UInt32) = (0, 0, 0)
      let filter = try HDF5Library.call("H5Pget_filter2", at: location) {
        H5Pget_filter2(identifier, index, &flags, &parameterCount, nil, name.count - 1, &name, &configuration)
      }
      let isHere = try HDF5Library.call("H5Zfilter_avail", at: location) { H5Zfilter_avail(filter) } > 0
      guard !isHere else { continue }
      let words = String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
      throw StorageError(
        .format, object: location.object, path: location.path,
        "its chunks are packed by the filter \(words.isEmpty ? "without a name" : words) (number \(filter)), which the "
          + "HDF5 library here does not have",
        advice: "Write the file again without it: in h5py with compression=\"gzip\", or, where HDF5 has the filter, by "
          + "h5repack -f NONE OLD NEW")
    }
  }
}
