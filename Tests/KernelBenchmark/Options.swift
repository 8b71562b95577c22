import Foundation

/// What the command line asks for.
struct Options {
  /// Part of the names of kernels, in lower case.
  var filter = ""
  /// The most runs of each kernel and each twin.
  var repetitions = 1000

  init(_ arguments: ArraySlice<String>) {
    var rest = arguments
    while let name = rest.popFirst() {
      let value = rest.popFirst() ?? ""
      switch (name, Int(value)) {
      case ("--filter", _): filter = value.lowercased()
      case ("--repetitions", let count?) where count > 0: repetitions = count
      default: fail("usage: kernel-benchmark [--filter NAME] [--repetitions COUNT]", status: 2)
      }
    }
  }
}

func fail(_ message: String, status: Int32) -> Never {
  fflush(nil)
  FileHandle.standardError.write(Data("\(message)\n".utf8))
  exit(status)
}
