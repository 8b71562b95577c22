import CHDF5
import Glibc

/// An open HDF5 file. Paths inside it are `group/dataset`, with or without a leading slash.
///
/// May be used from any thread, one call at a time; calls from several threads wait for each other.
package struct HDF5File: ~Copyable, Sendable {
  /// The file as its user named it.
  package let path: String
  let handle: HDF5Handle

  /// Where errors that concern the file as a whole point.
  var location: HDF5Location { HDF5Location(path: path) }

  /// Opens for reading (`H5Fopen`). Any number of processes may do so at once.
  ///
  /// Waits up to a second for a lock: who wrote the file a moment ago, or a program they were starting just then, may
  /// not have let go of it yet.
  package static func open(_ path: String) throws(StorageError) -> HDF5File {
    try checkReadable(path)
    for _ in 0..<20 {
      do throws(StorageError) {
        return try openNow(path)
      } catch {
        guard error.details.contains(where: { $0.contains("unable to lock file") }) else { throw error }
        usleep(50_000)
      }
    }
    return try openNow(path)
  }

  private static func openNow(_ path: String) throws(StorageError) -> HDF5File {
    let handle = try HDF5Handle.adopting(.file, from: "H5Fopen", at: HDF5Location(path: path)) {
      H5Fopen(path, chdf5_read_only(), chdf5_default())
    }
    return HDF5File(path: path, handle: handle)
  }

  /// Writes a file that appears at `path` only when `body` has returned and every byte is on the disk.
  ///
  /// On any failure the target stays as it was and nothing is left behind.
  /// - Parameter replacing: whether a file that is there already may be replaced.
  package static func writeAtomically(
    to path: String, replacing: Bool = true, _ body: (borrowing HDF5File) throws(StorageError) -> Void
  ) throws(StorageError) {
    let aside = try AtomicFile.begin(target: path, replacing: replacing)
    let file = try create(aside)
    try body(file)
    try file.close()
    try aside.commit()
  }

  /// Creates the temporary file of `aside` (`H5Fcreate`); errors name the target.
  ///
  /// The format of HDF5 1.10 protects its bookkeeping by checksums, which the older default does not. Without time
  /// stamps the same content makes the same bytes. Closing the file fails while a dataset of it is open: closing that
  /// by force crashes HDF5 when the disk is full.
  static func create(_ aside: borrowing AtomicFile) throws(StorageError) -> HDF5File {
    let location = HDF5Location(path: aside.target)
    let temporaryPath = aside.temporaryPath
    let creation = try propertyList(chdf5_file_creation, location)
    try HDF5Library.call("H5Pset_obj_track_times", at: location) { H5Pset_obj_track_times(creation.identifier, false) }
    let access = try propertyList(chdf5_file_access, location)
    try HDF5Library.call("H5Pset_libver_bounds", at: location) {
      H5Pset_libver_bounds(access.identifier, H5F_LIBVER_V110, H5F_LIBVER_V110)
    }
    try HDF5Library.call("H5Pset_fclose_degree", at: location) {
      H5Pset_fclose_degree(access.identifier, H5F_CLOSE_SEMI)
    }
    let handle = try HDF5Handle.adopting(.file, from: "H5Fcreate", at: location) {
      H5Fcreate(temporaryPath, chdf5_truncate(), creation.identifier, access.identifier)
    }
    return HDF5File(path: aside.target, handle: handle)
  }

  /// Writes what is still in HDF5's caches, and throws if it cannot be (`H5Fflush`).
  func flush() throws(StorageError) {
    try HDF5Library.call("H5Fflush", at: location) { H5Fflush(handle.identifier, H5F_SCOPE_LOCAL) }
  }

  /// Closes a file that was written, and throws if its last bytes could not be.
  consuming func close() throws(StorageError) {
    let location = location
    try handle.close(at: location)
  }

  static func propertyList(_ listClass: () -> hid_t, _ location: HDF5Location) throws(StorageError) -> HDF5Handle {
    try HDF5Handle.adopting(.propertyList, from: "H5Pcreate", at: location) { H5Pcreate(listClass()) }
  }

  /// Lets the operating system speak first: its words are clearer than HDF5's.
  private static func checkReadable(_ path: String) throws(StorageError) {
    let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .system("open", path: path, code: errno) }
    defer { Glibc.close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw .system("fstat", path: path, code: errno) }
    guard status.st_mode & S_IFMT != S_IFDIR else { throw .system("open", path: path, code: EISDIR) }
  }
}
