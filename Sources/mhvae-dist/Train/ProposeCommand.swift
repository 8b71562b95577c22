import ArgumentParser
import CommandOptions
import Communication
import Configuration
import Console
import ModelProposal

struct ProposeCommand: RankCommand {
  static let configuration = CommandConfiguration(
    commandName: "propose", abstract: "Write a configuration that fits a packed file.",
    discussion: """
      Networks follow from shapes, likelihoods from what the file says, epochs from the number of rows; comments say \
      why. `train --preset auto` trains the same without writing it down first.

      EXAMPLE
        mhvae-dist propose --data mnist.h5 >model.yaml
      """)

  @Option(help: ArgumentHelp("A dataset made by mhvae-pack.", valueName: "file"), completion: .file())
  var data: String

  @Option(
    help: "Which family of models it is for; mhvae if not said.", completion: .list(FamilyName.allKnown))
  var family: FamilyName?

  func run(in world: World) throws {
    guard world.rank == 0 else { return }
    try printResult(try ConfigurationProposal.checkedYAML(for: data, family: family), terminator: "")
  }
}
