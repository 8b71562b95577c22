import CZlib
import Glibc

/// A file that zlib reads, compressed or not (`gzopen`).
struct GzipFile: ~Copyable {
  private let handle: gzFile
  private let path: String

  static func open(_ path: String) throws(PackingError) -> GzipFile {
    errno = 0
    guard let handle = gzopen(path, "rbe") else {
      throw PackingError(file: path, errno == 0 ? "not enough memory" : String(cString: strerror(errno)))
    }
    return GzipFile(handle: handle, path: path)
  }

  private init(handle: gzFile, path: String) { (self.handle, self.path) = (handle, path) }

  deinit { gzclose_r(handle) }

  /// Up to `count` bytes (`gzread`); fewer only at the end of the file.
  ///
  /// A compressed stream that ends early, or whose checksum is wrong, is an error once its end is reached.
  func read(upTo count: Int) throws(PackingError) -> [UInt8] {
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, initializedCount in
      initializedCount = max(0, Int(gzread(handle, buffer.baseAddress, UInt32(count))))
    }
    var code: Int32 = Z_OK
    let message = gzerror(handle, &code)
    guard code == Z_OK || code == Z_STREAM_END else {
      guard code != Z_ERRNO else { throw .system(path) }
      let words = message.map { String(cString: $0) } ?? ""
      throw PackingError(file: path, "the gzip stream is cut short or damaged: \(words). Get the file again")
    }
    return bytes
  }
}
