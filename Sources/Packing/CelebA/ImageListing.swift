import Glibc
import Hashing

/// The files of the images in the order they are packed in, all of which are there.
struct ImageListing: Sendable {
  let paths: [String]
  /// SHA-256 over path, size and time of modification of every file: equal for equal pixels in equal order.
  let digest: [UInt8]

  /// Looks at every file (`stat`), so that a missing one shows before the work is done.
  init(_ table: AttributeTable, rows: [Int], in directory: String) throws(PackingError) {
    let directory = Self.nested(directory, table)
    let hash = SHA256()
    var paths: [String] = []
    for row in rows {
      let path = directory + "/" + table.images[row]
      var status = stat()
      guard stat(path, &status) == 0 else { throw Self.missing(path, table, row, directory) }
      paths.append(path)
      hash.update(Array("\(path) \(status.st_size) \(status.st_mtim.tv_sec) \(status.st_mtim.tv_nsec)\n".utf8))
    }
    (self.paths, digest) = (paths, hash.digest())
  }

  /// Some archives hold the directory in another of its name.
  private static func nested(_ directory: String, _ table: AttributeTable) -> String {
    guard let image = table.images.first else { return directory }
    let inner = directory + "/img_align_celeba"
    return access("\(directory)/\(image)", F_OK) != 0 && access("\(inner)/\(image)", F_OK) == 0 ? inner : directory
  }

  private static func missing(
    _ path: String, _ table: AttributeTable, _ row: Int, _ directory: String
  ) -> PackingError {
    let reason = String(cString: strerror(errno))
    var status = stat()
    guard stat(directory, &status) == 0 else { return .system(directory) }
    return PackingError(
      file: path,
      "\(reason), though line \(row + table.firstLine) of \(table.path) names it. Give the directory with the JPEG files"
    )
  }
}
