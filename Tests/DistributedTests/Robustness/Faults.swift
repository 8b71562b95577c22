import Foundation
import TestSupport

/// The library that makes calls on files fail, `scripts/faults/faults.c`.
enum Faults {
  /// Its path; nil where there is no compiler for it.
  static let library: String? = {
    let source = URL(filePath: #filePath).deletingLastPathComponent().appending(
      path: "../../../scripts/faults/faults.c")
    let path = FileManager.default.temporaryDirectory.appending(path: "mhvae-faults-\(getpid()).so").path
    for compiler in ["clang", "cc"] {
      let arguments = ["-shared", "-fPIC", "-o", path, source.standardizedFileURL.path, "-ldl"]
      if (try? run(compiler, arguments))?.exitCode == 0 { return path }
    }
    return nil
  }()

  /// The environment of a program whose calls on files in a directory fail.
  static func environment(in directory: String, _ variables: [String: String]) -> [String: String] {
    ["LD_PRELOAD": library ?? "", "FAULT_ROOT": directory].merging(variables) { $1 }
  }
}
