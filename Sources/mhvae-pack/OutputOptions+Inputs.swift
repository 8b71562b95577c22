import ArgumentParser
import Glibc

extension OutputOptions {
  /// Refuses to write over what is read, also under another name.
  func check(inputs: [String]) throws {
    guard let target = identity(path) else { return }
    for input in inputs where identity(input).map({ $0 == target }) ?? false {
      throw ValidationError("--output \(path) would write over \(input), which is read; name another file")
    }
  }

  private func identity(_ path: String) -> [UInt]? {
    var status = stat()
    return stat(path, &status) == 0 ? [UInt(status.st_dev), UInt(status.st_ino)] : nil
  }
}
