internal import Glibc

/// Standard output and standard error, written at once and without traps: Foundation's `FileHandle.write` ends the
/// process when a stream cannot be written, and `print` reports nothing.
package enum StandardStream: Int32 {
  case output = 1
  case error = 2

  /// To be called first in a program. Standard descriptors that are closed are opened on `/dev/null`, so that no data
  /// file gets their number, in the wrong direction, so that reading or writing still fails. A reader of a pipe that
  /// has gone is an error of `write` from now on and no longer a signal that ends the process.
  package static func prepare() {
    for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) < 0 {
      _ = open("/dev/null", descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY)
    }
    signal(SIGPIPE, SIG_IGN)
  }

  /// Writes what no program depends on, such as progress and warnings. What cannot be written is dropped.
  package func tell(_ text: String) { _ = write(text, patience: 1000) }

  /// Writes a result.
  /// - Throws: `ConsoleError` when it could not be written entirely.
  package func put(_ text: String) throws(ConsoleError) {
    let code = write(text, patience: -1)
    guard code == 0 else {
      let name = self == .output ? "standard output" : "standard error"
      throw ConsoleError("cannot write to \(name): \(String(cString: strerror(code)))")
    }
  }

  /// - Parameter patience: milliseconds to wait for a stream that its owner made non-blocking; -1 for ever.
  /// - Returns: 0 or an `errno` value.
  private func write(_ text: String, patience: Int32) -> Int32 {
    var text = text
    return text.withUTF8 { bytes in
      var rest = bytes[...]
      while !rest.isEmpty {
        let count = Glibc.write(rawValue, UnsafeBufferPointer(rebasing: rest).baseAddress, rest.count)
        if count >= 0 {
          rest = rest.dropFirst(count)
        } else if errno == EAGAIN {
          var stream = pollfd(fd: rawValue, events: Int16(POLLOUT), revents: 0)
          guard poll(&stream, 1, patience) != 0 else { return EAGAIN }
        } else if errno != EINTR {
          return errno
        }
      }
      return 0
    }
  }
}

/// Prints the result of a command on standard output.
/// - Throws: `ConsoleError` when it could not be written entirely.
package func printResult(_ text: String, terminator: String = "\n") throws(ConsoleError) {
  try StandardStream.output.put(text + terminator)
}

/// A standard stream that cannot be written.
package struct ConsoleError: Error, CustomStringConvertible {
  package let description: String

  init(_ description: String) { self.description = description }
}
