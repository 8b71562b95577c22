import Foundation
import TestSupport
import Testing

/// What the documents show is tried.
struct DocumentationTests {
  private static let documents = {
    let folders = ["cluster", "scripts", "Sources", "Tests"].flatMap { folder in
      FileManager.default.enumerator(atPath: ClusterScript.path(folder))?.compactMap { $0 as? String }
        .map { "\(folder)/\($0)" } ?? []
    }
    let top = (try? FileManager.default.contentsOfDirectory(atPath: ClusterScript.root.path)) ?? []
    return (top + folders).filter { $0.hasSuffix(".md") }.sorted()
  }()

  private static func text(_ document: String) throws -> String {
    try String(contentsOfFile: ClusterScript.path(document), encoding: .utf8)
  }

  @Test("Every command that a document shows in a block runs")
  func commandsRun() throws {
    for document in Self.documents {
      let text = try Self.text(document)
      let commands = ShownCommand.all(of: document, text)
      #expect(!text.contains("```sh") || !commands.isEmpty, "\(document)")
      run(commands)
    }
  }

  @Test("So does every example of the programs' help")
  func examplesRun() throws {
    let commands = try ["mhvae-pack", "mhvae-dist"].flatMap {
      ShownCommand.all(of: "\($0) --help", try HelpExamples.document(of: $0))
    }
    #expect(commands.contains { $0.text.contains("mhvae-dist train") })
    #expect(commands.contains { $0.text.contains("mhvae-pack join") })
    run(commands)
  }

  /// Prints what became of each command, or records what failed.
  private func run(_ commands: [ShownCommand]) {
    guard !commands.isEmpty else { return }
    do {
      try temporaryDirectory { directory in
        print(try DocumentRun(commands, in: directory).run().joined(separator: "\n"))
      }
    } catch { Issue.record("\(error)") }
  }

  @Test("A command that fails is named with its place, what was run and what it said")
  func failure() throws {
    let shown = """
      Text
      ```sh
      export WORD=two   # lasts
      echo one \\
        $WORD
      ```
      1. More
         ```sh
         # a comment
         mhvae-dist train --preset mnist --data mnist.h5 --run runs/x --epochs 10 \\
           --no-such-option
         ```
      """
    let commands = ShownCommand.all(of: "a.md", shown)
    #expect(commands.map(\.line) == [3, 4, 10])
    #expect(commands[1].text == "echo one $WORD")
    try temporaryDirectory { directory in
      let error = try #require(throws: ProcessError.self) { _ = try DocumentRun(commands, in: directory).run() }
      #expect(error.description.hasPrefix("a.md:10: this fails: mhvae-dist train"), "\(error)")
      #expect(error.description.contains("--epochs 1 --no-such-option\n"), "\(error)")
      #expect(error.description.contains("Unknown option '--no-such-option'"), "\(error)")
      let output = try String(contentsOf: directory.appending(path: "steps/1001.out"), encoding: .utf8)
      #expect(output == "one two\n")
    }
  }

  @Test("Every link within the package leads somewhere", arguments: documents)
  func links(document: String) throws {
    let folder = URL(filePath: ClusterScript.path(document)).deletingLastPathComponent()
    for link in try Self.text(document).matches(of: /\]\((?<target>[^)#]*)(?:#(?<anchor>[^)]*))?\)/) {
      let target = String(link.target)
      guard !target.contains("://") else { continue }
      let path = target.isEmpty ? ClusterScript.path(document) : folder.appending(path: target).path
      #expect(FileManager.default.fileExists(atPath: path), "\(document): \(link.0)")
      guard let anchor = link.anchor, path.hasSuffix(".md") else { continue }
      let headings = try String(contentsOfFile: path, encoding: .utf8).matches(of: /(?m)^#+ (.*)$/).map(\.output.1)
      #expect(headings.map(Self.anchor).contains(String(anchor)), "\(document): \(link.0)")
    }
  }

  /// As forges make them: lower case, hyphens for spaces, no other signs.
  private static func anchor(_ heading: Substring) -> String {
    String(
      heading.lowercased().filter { $0.isLetter || $0.isNumber || " -_".contains($0) }.map { $0 == " " ? "-" : $0 })
  }
}
