package import ArgumentParser
internal import Console

/// The parser calls a mistyped command an unexpected argument; this tells which one was probably meant.
/// - Parameter arguments: of the process, the program's name first.
/// - Throws: `ValidationError` when the first of them is meant as a command and is none.
package func checkCommand(_ arguments: [String], of configuration: CommandConfiguration) throws {
  guard let word = arguments.dropFirst().first, !word.hasPrefix("-") else { return }
  let known = configuration.subcommands.map { $0._commandName } + ["help"]
  guard known.contains(word) else {
    throw ValidationError("there is no command \"\(word)\"; \(Suggestion.phrase(for: word, among: known))")
  }
}
