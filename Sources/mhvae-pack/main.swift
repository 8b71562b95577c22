import ArgumentParser
import CommandOptions
import Console
import Glibc

/// Whatever goes wrong ends in one line on standard error and a non-zero exit code.
do {
  try checkCommand(CommandLine.arguments, of: PackCommand.configuration)
  var command = try PackCommand.parseAsRoot()
  try command.run()
} catch {
  let code = PackCommand.exitCode(for: error)
  guard code != .success else { PackCommand.exit(withError: error) }
  let message = PackCommand.message(for: error)
  let line = Message.failure("mhvae-pack: error: \(message.isEmpty ? "\(error)" : message)\n")
  _ = line.withCString { write(STDERR_FILENO, $0, strlen($0)) }
  exit(code.rawValue)
}
