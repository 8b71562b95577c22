import ArgumentParser
import CommandOptions
import Foundation
import Packing

struct Synthetic: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Draws data in the layout of published datasets, for trials without them.",
    subcommands: [SyntheticFaces.self])
}

struct SyntheticFaces: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "celeba",
    abstract: "Draws faces with attributes, in the layout of CelebA.",
    discussion: """
      Writes img_align_celeba/000001.jpg and so on, list_attr_celeba.txt and list_eval_partition.txt. The eighteen \
      attributes of the paper decide what is drawn; the others are random.

      EXAMPLE
        mhvae-pack synthetic celeba --count 20000 --output-dir faces
      """)

  @Option(help: "How many images, at least 10.")
  var count: Int

  @Option(help: ArgumentHelp("The directory to write to.", valueName: "directory"), completion: .directory)
  var outputDir: String

  @Option(help: "Decides all images.")
  var seed: Int = 1

  @OptionGroup var verbosity: QuietOption

  func run() throws {
    let faces = try SyntheticCelebA(
      count: count, directory: outputDir, seed: seed, threads: ProcessInfo.processInfo.activeProcessorCount)
    let console = PackingConsole(isQuiet: verbosity.quiet)
    defer { console.end() }
    try faces.write { console.show("drew", $0, of: count) }
    console.end()
    verbosity.say("\(outputDir): \(count) drawn faces")
  }
}
