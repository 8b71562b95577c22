import Foundation
import TestSupport

/// The first rows of Fashion-MNIST from Debian's package `dataset-fashion-mnist`.
enum FashionRows {
  private static let files = "/usr/share/datasets/fashion-mnist"
  static let areThere = FileManager.default.fileExists(atPath: files)

  /// Calls `body` with a new directory and the packed rows in it: by default 51 training steps of an epoch, 50 full
  /// batches of 64 rows and one of 40.
  static func withDataset(
    rows: Int = 3600, _ body: (_ directory: String, _ dataset: String) throws -> Void
  ) throws {
    try temporaryDirectory { directory in
      let dataset = directory.appending(path: "fashion.h5").path
      try PackedOnce.write("garments \(rows)", to: dataset) {
        let outcome = try run(
          product("mhvae-pack"), ["fashion-mnist", "--input", files, "--output", dataset, "--limit", "\(rows)"])
        guard outcome.exitCode == 0 else { throw ProcessError(description: "\(outcome)") }
      }
      try body(directory.path, dataset)
    }
  }
}
