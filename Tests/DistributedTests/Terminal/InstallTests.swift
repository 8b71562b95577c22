import Foundation
import TestSupport
import Testing

/// `scripts/install.sh`.
struct InstallTests {
  private static let hasManual = (try? product("generate-manual")) != nil

  @Test(
    "Programs, manual pages and completions are installed, and work",
    .enabled(if: hasManual, "needs generate-manual: swift build -c release --product generate-manual"))
  func installs() throws {
    try temporaryDirectory { directory in
      let outcome = try run(
        ClusterScript.path("scripts/install.sh"), ["--prefix", directory.path, "--from", productsDirectory.path])
      #expect(outcome.exitCode == 0, "\(outcome)")
      for program in ["mhvae-dist", "mhvae-pack"] {
        let version = try run(directory.appending(path: "bin/\(program)").path, ["--version"])
        #expect(version.exitCode == 0 && version.stdout.contains("0.1.0"), "\(version)")
        try expectCompletion(of: program, in: directory)
      }
      let page = try String(
        contentsOf: directory.appending(path: "share/man/man1/mhvae-dist-evaluate.1"), encoding: .utf8)
      #expect(page.contains(".Dt MHVAE-DIST-EVALUATE 1") && page.contains("mhvae-dist evaluate --run"), "\(page)")
    }
  }

  /// What bash offers after the first letters of a command, and of a preset.
  private func expectCompletion(of program: String, in directory: URL) throws {
    let script = directory.appending(path: "share/bash-completion/completions/\(program)").path
    let (typed, offered) = program == "mhvae-dist" ? ("tra", ["train", "translate"]) : ("in", ["inspect"])
    let outcome = try run(
      "bash",
      [
        "-c",
        """
        source "\(script)"
        COMP_WORDS=(\(program) \(typed)); COMP_CWORD=1; COMP_LINE="\(program) \(typed)"; COMP_POINT=${#COMP_LINE}
        $(complete -p \(program) | sed 's/.*-F \\([^ ]*\\) .*/\\1/') \(program) \(typed) \(program)
        printf '%s\\n' "${COMPREPLY[@]}" | sed 's/ *$//' | sort
        """,
      ], environment: ["PATH": "\(directory.path)/bin:\(ProcessInfo.processInfo.environment["PATH"] ?? "")"])
    #expect(outcome.stdout.split(separator: "\n").map(String.init) == offered, "\(outcome)")
    for path in ["zsh/site-functions/_\(program)", "fish/vendor_completions.d/\(program).fish"] {
      let text = try String(contentsOf: directory.appending(path: "share/\(path)"), encoding: .utf8)
      #expect(text.contains(offered[0]), "\(path)")
    }
  }
}
