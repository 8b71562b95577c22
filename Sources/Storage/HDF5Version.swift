import CHDF5

/// Which HDF5 this is.
package enum HDF5Version {
  /// Of the library that runs, such as `1.10.8`.
  package static var running: String {
    get throws(StorageError) {
      var (major, minor, release): (UInt32, UInt32, UInt32) = (0, 0, 0)
      try HDF5Library.call("H5get_libversion", at: HDF5Location(path: "")) {
        H5get_libversion(&major, &minor, &release)
      }
      return "\(major).\(minor).\(release)"
    }
  }

  /// Of the headers this was built with.
  package static var builtWith: String { "\(H5_VERS_MAJOR).\(H5_VERS_MINOR).\(H5_VERS_RELEASE)" }
}
