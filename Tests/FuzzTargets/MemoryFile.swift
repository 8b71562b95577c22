import Glibc

/// A file in memory. It has a name, which HDF5 looks up.
struct MemoryFile: ~Copyable {
  let path: String

  /// - Parameter suffix: the end of its name.
  init(_ bytes: some Collection<UInt8>, suffix: String = "") {
    var name = Array("/dev/shm/mhvae-fuzz-XXXXXX\(suffix)".utf8CString)
    let descriptor = mkstemps(&name, Int32(suffix.utf8.count))
    precondition(descriptor >= 0, "mkstemps: \(String(cString: strerror(errno)))")
    path = String(decoding: name.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    Array(bytes).withUnsafeBytes { bytes in
      precondition(write(descriptor, bytes.baseAddress, bytes.count) == bytes.count)
    }
    close(descriptor)
  }

  deinit { unlink(path) }
}
