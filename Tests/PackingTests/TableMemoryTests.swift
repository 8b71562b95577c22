import Foundation
import Packing
import Storage
import TestSupport
import Testing

/// Memory does not grow with the rows of a table.
@Suite struct TableMemoryTests {
  private static let python = TestSupport.python(withModules: ["resource"])

  /// Prints the most memory of a command, in KiB.
  private static let program = """
    import resource, subprocess, sys
    subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL)
    print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
    """

  /// The table takes 110 MB and its numbers as many; the order of the rows and their splits take 8 bytes a row each.
  @Test(.enabled(if: Self.python != nil, "needs Python"))
  func millionRowsTakeLittleMemory() throws {
    let files = try PackedFiles()
    let block = (0..<1000).map { row in
      "k\(row % 7)," + (0..<12).map { "\(Double((row * 37 + $0 * 101) % 20000) / 1000 - 10)" }.joined(separator: ",")
    }
    let header = "kind," + (0..<12).map { "x\($0)" }.joined(separator: ",") + "\n"
    let path = files.file("million.csv")
    try files.write(Array(header.utf8), "million.csv")
    let file = try #require(FileHandle(forWritingAtPath: path))
    try file.seekToEnd()
    let bytes = Data((block.joined(separator: "\n") + "\n").utf8)
    for _ in 0..<1000 { try file.write(contentsOf: bytes) }
    try file.close()
    let outcome = try run(
      try #require(Self.python),
      [
        "-c", Self.program, try product("mhvae-pack"), "arrays", "--modality", "kind=\(path):kind", "--modality",
        "x=\(path):x0..x11:gaussian,standardise", "--output", files.file("out.h5"),
      ])
    #expect(outcome.exitCode == 0, "\(outcome)")
    let kibibytes = try #require(Int(outcome.stdout.trimmingCharacters(in: .whitespacesAndNewlines)))
    #expect(kibibytes < 110 << 10, "\(kibibytes) KiB")
    let dataset = try PackedDataset.open(files.file("out.h5"))
    #expect(dataset.rowCount(of: .train) == 800_000 && dataset.modalities[0].classNames.count == 7)
  }
}
