import Glibc

/// A file in memory. It has a name, which HDF5 looks up.
struct MemoryFile: ~Copyable {
  let path: String

  init(_ bytes: some Collection<UInt8>) {
    var name = Array("/dev/shm/mhvae-fuzz-XXXXXX".utf8CString)
    let descriptor = mkstemp(&name)
    precondition(descriptor >= 0, "mkstemp: \(String(cString: strerror(errno)))")
    path = String(decoding: name.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    Array(bytes).withUnsafeBytes { bytes in
      precondition(write(descriptor, bytes.baseAddress, bytes.count) == bytes.count)
    }
    close(descriptor)
  }

  deinit { unlink(path) }
}
