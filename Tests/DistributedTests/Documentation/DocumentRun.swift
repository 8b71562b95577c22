import Foundation
import TestSupport

/// Runs the commands of one document, in order and in one shell.
struct DocumentRun {
  private let commands: [ShownCommand]
  private let scene: DocumentScene
  private let directory: URL

  /// - Parameter directory: an empty one, for the document to work in.
  init(_ commands: [ShownCommand], in directory: URL) throws {
    (self.commands, self.directory) = (commands, directory)
    scene = DocumentScene(directory)
    try scene.layOut()
  }

  /// Runs them.
  /// - Returns: a line for each command: where it is shown, what was run, or who runs it.
  /// - Throws: `ProcessError` with place, command and output of the first that fails.
  func run() throws -> [String] {
    for number in commands.indices where reasonNotToRun(number) == nil {
      let executed = DocumentTables.reduced(commands[number].text)
      let lines = DocumentTables.provisions(for: executed) + [executed]
      try scene.write(file(number, "sh"), lines.joined(separator: "\n") + "\n")
    }
    try scene.write("run.sh", Self.driver)
    let outcome = try takingTurns {
      try TestSupport.run(
        "bash", ["-c", #"cd "$1" && exec bash run.sh"#, "bash", directory.path], environment: scene.environment,
        timeout: .seconds(600))
    }
    guard outcome.exitCode == 0 else { throw ProcessError(description: failure() + outcome.stderr) }
    return commands.indices.map { "\(commands[$0].place)  \(commands[$0].title)  -> \(result($0))" }
  }

  private func reasonNotToRun(_ number: Int) -> String? {
    let follows = commands[...number].contains { $0.isPythonFile }
    return DocumentTables.elsewhere(commands[number].text, followsPython: follows)
  }

  /// Exports and changes of directory last from step to step.
  private static let driver = """
    shopt -s nullglob
    root=$PWD
    for step in "$root"/steps/*.sh; do
      basename "$step" .sh >"$root/current"
      rm -f "$root/called"
      source "$step" >"${step%.sh}.out" 2>&1 </dev/null || exit 1
      [[ ! -e $root/called ]] || mv "$root/called" "${step%.sh}.called"
    done
    """

  private func file(_ number: Int, _ ending: String) -> String { "steps/\(1000 + number).\(ending)" }

  private func result(_ number: Int) -> String {
    if let reason = reasonNotToRun(number) { return reason }
    let (shown, executed) = (commands[number].text, DocumentTables.reduced(commands[number].text))
    let called = Set((text(file(number, "called")) ?? "").split(separator: "\n")).sorted()
    return (executed == shown ? "ran" : "ran as: \(DocumentTables.reduced(commands[number].title))")
      + (called.isEmpty ? "" : ", with a stand-in for \(called.joined(separator: ", "))")
  }

  private func failure() -> String {
    guard let step = text("current").flatMap({ Int($0.trimmingCharacters(in: .newlines)) }) else { return "" }
    let command = commands[step - 1000]
    return "\(command.place): this fails: \(DocumentTables.reduced(command.text))\n"
      + (text(file(step - 1000, "out")) ?? "")
  }

  private func text(_ file: String) -> String? {
    try? String(contentsOf: directory.appending(path: file), encoding: .utf8)
  }
}
