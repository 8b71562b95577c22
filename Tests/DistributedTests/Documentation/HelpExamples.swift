import Foundation
import TestSupport

/// The examples that a program's help shows, as a document.
enum HelpExamples {
  /// - Returns: a document with one block of commands, each once.
  static func document(of program: String) throws -> String {
    let outcome = try run(product(program), ["--experimental-dump-help"])
    let help = try JSONDecoder().decode(Help.self, from: Data(outcome.stdout.utf8))
    var seen: Set<String> = []
    let lines = help.command.examples.filter { seen.insert($0).inserted }
    return (["```sh"] + lines + ["```"]).joined(separator: "\n")
  }

  private struct Help: Decodable {
    let command: Command
  }

  private struct Command: Decodable {
    let discussion: String?
    let subcommands: [Command]?

    /// Of the command and those below it: the indented lines after a heading. Continued lines are one, line break and
    /// all.
    var examples: [String] {
      let lines = (discussion ?? "").split(separator: "\n", omittingEmptySubsequences: false)
      let start = lines.firstIndex { $0 == "EXAMPLE" || $0 == "EXAMPLES" } ?? lines.count
      let own = lines[start...].dropFirst().prefix { $0.hasPrefix("  ") }.map { $0.dropFirst(2) }
        .joined(separator: "\n").replacing(/\\\n */, with: "").split(separator: "\n").map(String.init)
      return own + (subcommands ?? []).flatMap(\.examples)
    }
  }
}
