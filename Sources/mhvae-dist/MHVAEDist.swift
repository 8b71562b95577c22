import ArgumentParser
import CommandOptions
import Communication
import Console

let programName = "mhvae-dist"

/// The program. Every rank parses the same arguments and runs the same command; only rank 0 prints.
@main
struct MHVAEDist: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: programName,
    abstract: "Trains multimodal hierarchical VAEs on one machine or many, and looks at what they learned.",
    discussion: """
      Every command runs alone or under mpirun. The number of ranks changes the speed, not the result.

      EXAMPLES
        mpirun -np 2 mhvae-dist train --preset fashion-mnist \\
            --data fashion-mnist.h5 --run runs/first
        mpirun -np 2 mhvae-dist evaluate --run runs/first \\
            --data fashion-mnist.h5 --samples 500
        mhvae-dist generate --run runs/first --given label=3 --output dresses.png
      """,
    version: "0.1.0",
    subcommands: [
      TrainCommand.self, EvaluateCommand.self, CompareCommand.self, GenerateCommand.self, ReconstructCommand.self,
      TranslateCommand.self, ApplyCommand.self, EncodeCommand.self, ExportCommand.self, BenchmarkCommand.self,
      JudgeCommand.self, ReportCommand.self, DoctorCommand.self, PlanCommand.self, ConfigurationCommand.self,
      ProposeCommand.self,
    ])

  static func main() {
    restartWithFastKernels()
    StandardStream.prepare()
    let arguments = expandingHome(CommandLine.arguments)
    let parsed = Result<any ParsableCommand, any Error> {
      try checkCommand(arguments, of: configuration)
      return try parseAsRoot(Array(arguments.dropFirst()))
    }
    // Help and mistyped command lines need no other rank either.
    let command = (try? parsed.get()) as? any RankCommand
    let needsOneRank = command.map { type(of: $0).needsOneRank } ?? true
    World.run(name: programName, needsOneRank: needsOneRank, decorate: Message.failure) { world in
      var rankCommand: (any RankCommand)?
      do {
        var command = try parsed.get()
        rankCommand = command as? any RankCommand
        // The parser's own commands show help, by an error that counts as success.
        if rankCommand == nil { try command.run() }
      } catch {
        guard exitCode(for: error).isSuccess else { throw UsageError(description: fullMessage(for: error)) }
        if world.rank == 0 { try printResult(message(for: error)) }
      }
      guard var rankCommand else { return }
      var properties = RankConsistency()
      properties.require(
        "the command", type(of: rankCommand)._commandName, remedy: "Start every command by an mpirun of its own")
      try properties.check(in: world) { _ in }
      try rankCommand.run(in: world)
    }
  }
}

/// A command that runs on all ranks.
protocol RankCommand: ParsableCommand {
  /// Whether rank 0 does all of it, so that it works where ranks cannot find each other.
  static var needsOneRank: Bool { get }
  mutating func run(in world: World) throws
}

extension RankCommand {
  static var needsOneRank: Bool { false }
}

extension CompareCommand { static let needsOneRank = true }
extension ConfigurationCommand { static let needsOneRank = true }
extension ExportCommand { static let needsOneRank = true }
extension GenerateCommand { static let needsOneRank = true }
extension ReportCommand { static let needsOneRank = true }

/// What the argument parser has to say about a command line.
private struct UsageError: Error, CustomStringConvertible {
  let description: String

  init(description: String) {
    // The caller puts "error:" in front already.
    let prefix = "Error: "
    self.description = description.hasPrefix(prefix) ? String(description.dropFirst(prefix.count)) : description
  }
}
