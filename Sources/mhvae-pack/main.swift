import ArgumentParser
import CommandOptions
import Console
import Glibc

StandardStream.prepare()

/// Whatever goes wrong ends in one line on standard error and a non-zero exit code.
do {
  let arguments = expandingHome(CommandLine.arguments)
  try checkCommand(arguments, of: PackCommand.configuration)
  var command = try PackCommand.parseAsRoot(Array(arguments.dropFirst()))
  try command.run()
} catch {
  let code = PackCommand.exitCode(for: error)
  let message = PackCommand.message(for: error)
  // The parser's own commands show help, by an error that counts as success.
  if code == .success {
    do { try printResult(message) } catch { fail("\(error)", code: EXIT_FAILURE) }
  } else {
    fail(message.isEmpty ? "\(error)" : message, code: code.rawValue)
  }
}

private func fail(_ message: String, code: Int32) -> Never {
  StandardStream.error.tell(Message.failure("mhvae-pack: error: \(message)\n"))
  exit(code)
}
