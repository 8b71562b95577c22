import ArgumentParser
import Communication
import Configuration
import Console
import Models

struct ConfigurationCommand: RankCommand {
  static let configuration = CommandConfiguration(
    commandName: "configuration", abstract: "Print what every key of a configuration means.",
    discussion: """
      The text is Markdown.

      EXAMPLE
        mhvae-dist configuration >keys.md
      """)

  func run(in world: World) throws {
    guard world.rank == 0 else { return }
    try printResult(ConfigurationReference(families: registeredFamilies).markdown, terminator: "")
  }
}
