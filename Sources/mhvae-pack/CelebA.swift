import ArgumentParser
import CommandOptions
import Foundation
import Packing
import Storage

struct CelebA: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "celeba",
    abstract: "Packs CelebA: faces of 64 x 64 pixels and their attributes.",
    discussion: """
      Reads the aligned JPEG files, resizes the shorter side to 64 pixels as Pillow and torchvision do (bilinear with \
      antialiasing), and crops the centre. Without a partition file a tenth of the images, drawn with --seed, is for \
      testing, and a tenth for validation.

      Can be run again after an interruption: decoded images are kept beside the output, in a file that ends in \
      .partial, until the output is complete.

      EXAMPLE
        mhvae-pack celeba --images images --attributes list_attr_celeba.txt \\
            --output celeba.h5
      """)

  @Option(
    help: ArgumentHelp("The directory with the JPEG files themselves.", valueName: "directory"), completion: .directory)
  var images: String

  @Option(
    help: ArgumentHelp("list_attr_celeba.txt or .csv, which names the images too.", valueName: "file"),
    completion: .file())
  var attributes: String

  @Option(
    help: ArgumentHelp("list_eval_partition.txt or .csv; without it the split is drawn.", valueName: "file"),
    completion: .file())
  var partition: String?

  @Option(
    help: ArgumentHelp(
      "The attributes to pack: paper (the 18 of the paper), all, or names with commas in between.", valueName: "set"))
  var attributeSet: String = "paper"

  @Option(help: ArgumentHelp("Threads that decode; as many as there are processors unless given.", valueName: "count"))
  var threads: Int?

  @Option(
    help: ArgumentHelp("Pack only the first images of each split, so many, for a quick trial.", valueName: "rows"))
  var limit: Int?

  @OptionGroup var seed: SeedOption

  @OptionGroup var output: OutputOptions

  func validate() throws {
    if let limit, limit < 1 { throw ValidationError("--limit is at least 1, found \(limit)") }
    if let threads, !(1...1024).contains(threads) {
      throw ValidationError("--threads is a number from 1 to 1024, found \(threads)")
    }
  }

  func run() throws {
    let request = CelebARequest(
      images: images, attributes: attributes, partition: partition, attributeSet: AttributeSet(attributeSet),
      output: output.path, replacing: output.force, limit: limit, seed: seed.value,
      threads: threads ?? ProcessInfo.processInfo.activeProcessorCount, creator: PackCommand.version)
    let console = PackingConsole(isQuiet: output.verbosity.quiet)
    try output.write {
      defer { console.end() }
      return try packCelebA(request, progress: console.show)
    }
  }
}
