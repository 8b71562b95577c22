import CHDF5

extension HDF5File {
  /// Whether a group or dataset is there (`H5Lexists` for each part of the path).
  package func exists(_ objectPath: String) throws(StorageError) -> Bool {
    var parent = ""
    for part in objectPath.split(separator: "/") {
      parent += "/" + part
      let name = parent
      let found = try HDF5Library.call("H5Lexists", at: location.object(name)) {
        H5Lexists(handle.identifier, name, chdf5_default())
      }
      if found == 0 { return false }
    }
    return true
  }

  /// Creates a group and those it lies in, unless they are there (`H5Gcreate2`).
  package func createGroup(_ groupPath: String) throws(StorageError) {
    let creation = try HDF5File.propertyList(chdf5_group_creation, location)
    try HDF5Library.call("H5Pset_obj_track_times", at: location) { H5Pset_obj_track_times(creation.identifier, false) }
    var name = ""
    for part in groupPath.split(separator: "/") {
      name += "/" + part
      if try exists(name) { continue }
      let path = name
      _ = try HDF5Handle.adopting(.group, from: "H5Gcreate2", at: location.object(path)) {
        H5Gcreate2(handle.identifier, path, chdf5_default(), creation.identifier, chdf5_default())
      }
    }
  }

  /// The names of what lies directly in a group, sorted.
  package func memberNames(of groupPath: String = "/") throws(StorageError) -> [String] {
    let location = location.object(groupPath)
    let group = try openGroup(groupPath)
    var info = H5G_info_t()
    try HDF5Library.call("H5Gget_info", at: location) { H5Gget_info(group.identifier, &info) }
    var names: [String] = []
    for index in 0..<info.nlinks { names.append(try linkName(index, in: group, location)) }
    return names.sorted()
  }

  /// The datasets in a group and in the groups below it: paths relative to that group, sorted.
  package func datasetPaths(under groupPath: String = "/") throws(StorageError) -> [String] {
    var paths: [String] = []
    for name in try memberNames(of: groupPath) {
      let member = groupPath + "/" + name
      switch try kind(of: member) {
      case H5I_DATASET: paths.append(name)
      case H5I_GROUP: for path in try datasetPaths(under: member) { paths.append(name + "/" + path) }
      default: continue
      }
    }
    return paths.sorted()
  }

  private func openGroup(_ groupPath: String) throws(StorageError) -> HDF5Handle {
    guard try exists(groupPath) else { throw missing("group", groupPath) }
    return try HDF5Handle.adopting(.group, from: "H5Gopen2", at: location.object(groupPath)) {
      H5Gopen2(handle.identifier, groupPath.isEmpty ? "/" : groupPath, chdf5_default())
    }
  }

  private func linkName(
    _ index: hsize_t, in group: borrowing HDF5Handle, _ location: HDF5Location
  ) throws(StorageError) -> String {
    let identifier = group.identifier
    func read(_ buffer: UnsafeMutablePointer<CChar>?, _ count: Int) -> Int {
      H5Lget_name_by_idx(identifier, ".", H5_INDEX_NAME, H5_ITER_INC, index, buffer, count, chdf5_default())
    }
    let length = try HDF5Library.call("H5Lget_name_by_idx", at: location) { read(nil, 0) }
    let buffer = UnsafeMutableBufferPointer<CChar>.allocate(capacity: length + 1)
    defer { buffer.deallocate() }
    buffer.initialize(repeating: 0)
    try HDF5Library.call("H5Lget_name_by_idx", at: location) { read(buffer.baseAddress, length + 1) }
    return buffer.baseAddress.map { String(cString: $0) } ?? ""
  }

  /// Opens an object only to ask what it is.
  func kind(of objectPath: String) throws(StorageError) -> H5I_type_t {
    let object = try HDF5Handle.adopting(.object, from: "H5Oopen", at: location.object(objectPath)) {
      H5Oopen(handle.identifier, objectPath, chdf5_default())
    }
    var kind = H5I_BADID
    try HDF5Library.call("H5Iget_type", at: location.object(objectPath)) {
      kind = H5Iget_type(object.identifier)
      return kind == H5I_BADID ? Int32(-1) : 0
    }
    return kind
  }

  func missing(_ what: String, _ objectPath: String) -> StorageError {
    StorageError(.missing, object: objectPath, path: path, "there is no such \(what)")
  }
}
