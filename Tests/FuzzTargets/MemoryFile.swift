import Glibc

/// A file without a name, in memory, that readers of paths can open.
struct MemoryFile: ~Copyable {
  private let descriptor: Int32

  var path: String { "/proc/self/fd/\(descriptor)" }

  init(_ bytes: some Collection<UInt8>) {
    var name = Array("/dev/shm/mhvae-fuzz-XXXXXX".utf8CString)
    descriptor = mkstemp(&name)
    precondition(descriptor >= 0, "mkstemp: \(String(cString: strerror(errno)))")
    unlink(name)
    Array(bytes).withUnsafeBytes { bytes in
      precondition(write(descriptor, bytes.baseAddress, bytes.count) == bytes.count)
    }
  }

  deinit { close(descriptor) }
}
