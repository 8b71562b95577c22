import ArgumentParser
import Communication
import Configuration
import Evaluation
import Pictures
import Storage
import Training

struct GenerateCommand: RankCommand {
  static let configuration = CommandConfiguration(
    commandName: "generate", abstract: "Draw pictures from the prior, or for given values of other modalities.",
    discussion: """
      EXAMPLES
        mhvae-dist generate --run runs/mnist --count 64 --output prior.png
        mhvae-dist generate --run runs/mnist --given label=3 --count 64 --output threes.png
        mhvae-dist generate --run runs/mnist --given image=test:17 --data mnist.h5 --output like-17.png
      """)

  @OptionGroup
  var trained: TrainedModelOptions

  @Option(
    help: ArgumentHelp(
      "What is known: a class by its index (label=3), or a row of a split of --data (image=test:17). May be repeated.",
      valueName: "modality=value"))
  var given: [String] = []

  @Option(help: ArgumentHelp("The dataset that rows given by number come from.", valueName: "file"))
  var data: String?

  @Option(
    help: ArgumentHelp(
      "Which modality to draw. If not said: the first picture that is not given, or the first.", valueName: "name"))
  var modality: String?

  @Option(help: ArgumentHelp("How many pictures.", valueName: "count"))
  var count = 64

  @Option(help: ArgumentHelp("Seed of the draws.", valueName: "number"))
  var seed: UInt64 = 1

  @Option(help: ArgumentHelp("The PNG file to write.", valueName: "file"))
  var output: String

  @OptionGroup(title: "Machine")
  var threads: ThreadOptions

  func validate() throws {
    guard (1...10_000).contains(count) else { throw ValidationError("--count must be from 1 to 10000.") }
  }

  func run(in world: World) throws {
    threads.apply()
    let trained = try self.trained.load(in: world)
    guard world.rank == 0 else { return }
    let modalities = trained.configuration.model.modalities
    var observations: [Int: [Float]] = [:]
    for text in given {
      let value = try GivenValue(text, modalities: modalities)
      guard observations[value.modality] == nil else {
        throw TrainingError("--given \(text): \(modalities[value.modality].name) is given twice")
      }
      observations[value.modality] = try value.observation(trained, dataPath: data)
    }
    let target = try targetModality(modalities, given: observations.keys)
    let values = Generator(trained.model, seed: seed).generate(target, given: observations, count: count)
    guard case .image(let channels, let height, let width) = modalities[target].shape else { return }
    let grid = try ImageGrid(
      count: count, height: height, width: width, channels: channels, columns: Self.columns(count), upscaling: 2)
    try writeAtomically(bytes: try grid.png(values), to: output)
    print("\(count) draws of \(modalities[target].name), epoch \(trained.epoch), written to \(output)")
  }

  /// As square as it gets.
  private static func columns(_ count: Int) -> Int { Int(Double(count).squareRoot().rounded(.up)) }

  private func targetModality(_ modalities: [ModalityConfiguration], given: some Collection<Int>) throws -> Int {
    func isPicture(_ index: Int) -> Bool {
      if case .image(let channels, _, _) = modalities[index].shape { channels == 1 || channels == 3 } else { false }
    }
    if let modality {
      guard let index = modalities.firstIndex(where: { $0.name == modality }) else {
        throw TrainingError("--modality: the model has no modality \"\(modality)\"")
      }
      guard isPicture(index) else { throw TrainingError("--modality: \(modality) is not a picture of 1 or 3 channels") }
      return index
    }
    let pictures = modalities.indices.filter(isPicture)
    guard let index = pictures.first(where: { !given.contains($0) }) ?? pictures.first else {
      throw TrainingError("the model has no modality that is a picture of 1 or 3 channels")
    }
    return index
  }
}
