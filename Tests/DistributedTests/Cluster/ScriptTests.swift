import Foundation
import TestSupport
import Testing

/// What can be known of shell scripts without running them.
struct ScriptTests {
  private static let scripts = ["cluster", "scripts"].flatMap { folder in
    FileManager.default.enumerator(atPath: ClusterScript.path(folder))?.compactMap { $0 as? String }
      .filter { $0.hasSuffix(".sh") || $0.hasSuffix(".sbatch") }.map { ClusterScript.path("\(folder)/\($0)") } ?? []
  }
  private static let hasShellCheck = (try? run("shellcheck", ["--version"]))?.exitCode == 0

  @Test("Every script is read by bash without complaint")
  func syntax() throws {
    #expect(Self.scripts.count >= 14)
    for script in Self.scripts {
      let outcome = try run("bash", ["-n", script])
      #expect(outcome.exitCode == 0 && outcome.stderr.isEmpty, "\(outcome)")
    }
  }

  @Test("So does shellcheck", .enabled(if: hasShellCheck, "needs Debian's package shellcheck"))
  func shellCheck() throws {
    let outcome = try run(
      "shellcheck",
      ["--severity=warning", "--external-sources", "--source-path=SCRIPTDIR:\(ClusterScript.path("."))"]
        + Self.scripts)
    #expect(outcome.exitCode == 0, "\(outcome)")
  }
}
