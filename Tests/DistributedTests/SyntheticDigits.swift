import Foundation
import TestSupport

/// A dataset of made-up pictures in MNIST's own files, packed once for all tests: every class is a bar at another
/// height, with noise.
enum SyntheticDigits {
  static let trainingRows = 1500
  static let testRows = 64

  /// Calls `body` with a new directory and the packed dataset in it.
  static func withDataset<Result>(
    trainingRows: Int = trainingRows, seed: UInt64 = 1,
    _ body: (_ directory: String, _ dataset: String) throws -> Result
  ) throws -> Result {
    try temporaryDirectory { directory in
      let dataset = directory.appending(path: "digits.h5").path
      try PackedOnce.write("digits \(trainingRows) \(seed)", to: dataset) {
        try pack(trainingRows: trainingRows, seed: seed, to: dataset)
      }
      return try body(directory.path, dataset)
    }
  }

  /// Writes MNIST's four files into a directory, which is created.
  static func writeFiles(to directory: URL, trainingRows: Int, seed: UInt64 = 1) throws {
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    var random = Random(state: seed)
    try write("train", rows: trainingRows, into: directory, &random)
    try write("t10k", rows: testRows, into: directory, &random)
  }

  private static func pack(trainingRows: Int, seed: UInt64, to dataset: String) throws {
    try temporaryDirectory { directory in
      try writeFiles(to: directory, trainingRows: trainingRows, seed: seed)
      let outcome = try run(product("mhvae-pack"), ["mnist", "--input", directory.path, "--output", dataset])
      guard outcome.exitCode == 0 else { throw ProcessError(description: "\(outcome)") }
    }
  }

  private static func write(_ prefix: String, rows: Int, into directory: URL, _ random: inout Random) throws {
    var images = header([0x803, rows, 28, 28])
    var labels = header([0x801, rows])
    for _ in 0..<rows {
      let label = Int(random.next() % 10)
      labels.append(UInt8(label))
      for position in 0..<784 {
        let isBar = position / 28 / 2 == label + 2
        images.append(UInt8(truncatingIfNeeded: isBar ? 255 - random.next() % 64 : random.next() % 32))
      }
    }
    try images.write(to: directory.appending(path: "\(prefix)-images-idx3-ubyte"))
    try labels.write(to: directory.appending(path: "\(prefix)-labels-idx1-ubyte"))
  }

  private static func header(_ numbers: [Int]) -> Data {
    Data(numbers.flatMap { number in (0..<4).map { UInt8(truncatingIfNeeded: number >> (24 - 8 * $0)) } })
  }

  /// SplitMix64: a few lines that give the same data everywhere.
  private struct Random {
    var state: UInt64

    mutating func next() -> UInt64 {
      state &+= 0x9E37_79B9_7F4A_7C15
      var z = state
      z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
      z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
      return z ^ (z >> 31)
    }
  }
}
