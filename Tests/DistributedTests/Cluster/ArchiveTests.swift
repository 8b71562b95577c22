import Foundation
import TestSupport
import Testing

/// The archive for nodes without Swift.
struct ArchiveTests {
  private static let script = "cluster/virtual/bare-root.sh"
  private static let obstacle =
    ClusterScript.obstacle(script, ["--check"])
    ?? ((try? run("patchelf", ["--version"]))?.exitCode == 0 ? nil : "needs Debian's package patchelf")

  /// Makes the archive from the programs under test.
  @Test(
    "The archive packs, trains, evaluates and draws in a Debian root with its run-time packages only",
    .enabled(if: obstacle == nil, "\(obstacle ?? "")"))
  func bareRoot() throws {
    try temporaryDirectory { directory in
      // One after the other: both would keep all cores from the jobs of other tests.
      try takingTurns {
        let built = try run(
          ClusterScript.path("scripts/archive.sh"), [directory.path, "--from", productsDirectory.path],
          timeout: .seconds(600))
        #expect(built.exitCode == 0, "\(built)")
        let archive = try #require(built.stdout.split(separator: "\n").last.map(String.init))
        let tried = try run(ClusterScript.path(Self.script), [archive], timeout: .seconds(900))
        #expect(tried.exitCode == 0, "\(tried)")
        #expect(tried.stdout.hasSuffix("the archive works where there is no Swift\n"), "\(tried)")
      }
    }
  }
}
