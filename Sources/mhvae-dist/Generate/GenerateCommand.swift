import ArgumentParser
import CommandOptions
import Communication
import Configuration
import Evaluation
import Pictures
import Reporting
import Runs
import Storage

struct GenerateCommand: RankCommand {
  enum Prior: String, CaseIterable, ExpressibleByArgument { case normal, mixture }

  static let configuration = CommandConfiguration(
    commandName: "generate", abstract: "Draw from the prior, or for given values of other modalities.",
    discussion: """
      A picture becomes a PNG grid, anything else a table. A file called *.h5 holds the decoded numbers of either in full, \
      values/MODALITY, and the latents they were decoded from, latents/LATENT.

      EXAMPLES
        mhvae-dist generate --run runs/mnist --count 64 --output prior.png
        mhvae-dist generate --run runs/mnist --given label=3 --count 64 \\
            --output threes.png
        mhvae-dist generate --run runs/mnist --given image=test:17 \\
            --data mnist.h5 --modality label
        mhvae-dist generate --run runs/celeba --given attributes=Male,Smiling \\
            --data celeba.h5 --output men.png
        mhvae-dist generate --run runs/mnist --given label=3 --output threes.h5
        mhvae-dist generate --run runs/mnist --prior mixture --data mnist.h5 \\
            --output mixture.png
      """)

  @OptionGroup
  var trained: TrainedModelOptions

  @Option(
    help: ArgumentHelp(
      "What is known: a class (label=3), all values, pictures channels first (x=0.5,1,0), the names of those that are 1 "
        + "(attributes=Male,Smiling; with --data), or a row of --data (image=test:17). May be repeated.",
      valueName: "modality=value"))
  var given: [String] = []

  @Option(help: ArgumentHelp("The dataset that rows and names come from.", valueName: "file"), completion: .file())
  var data: String?

  @Option(
    help: ArgumentHelp(
      "Which modality to draw. If not said: the first picture, rather one that is not given.", valueName: "name"))
  var modality: String?

  @Option(
    help: ArgumentHelp(
      "What the shared latent is drawn from where nothing is given: normal, N(0, I); mixture, Gaussians fitted to the "
        + "posteriors of the training rows of --data.", valueName: "kind"))
  var prior = Prior.normal

  @Option(help: ArgumentHelp("Gaussians of --prior mixture; 10 if not said.", valueName: "count"))
  var components: Int?

  @Option(help: ArgumentHelp("How many draws.", valueName: "count"))
  var count = 64

  @Option(help: ArgumentHelp("Seed of the draws.", valueName: "number"))
  var seed: UInt64 = 1

  @Option(
    help: ArgumentHelp(
      "The file to write, in the place of one that is there; a table is printed if none is named.", valueName: "file"),
    completion: .file())
  var output: String?

  @OptionGroup
  var form: ResultOptions

  @OptionGroup(title: "Machine")
  var threads: ThreadOptions

  func validate() throws {
    guard (1...10_000).contains(count) else { throw ValidationError("--count must be from 1 to 10000.") }
    guard (1...1000).contains(components ?? 1) else { throw ValidationError("--components must be from 1 to 1000.") }
    guard components == nil || prior == .mixture else {
      throw ValidationError("--components are those of a mixture: add --prior mixture.")
    }
    guard prior == .normal || given.isEmpty else {
      throw ValidationError("--prior mixture and --given exclude each other: what is given decides the latents.")
    }
    guard prior == .normal || data != nil else {
      throw ValidationError("--prior mixture is fitted to training rows; name the dataset with --data.")
    }
  }

  func run(in world: World) throws {
    threads.apply()
    try checkOutput(output, inputs: [data, self.trained.run])
    let trained = try self.trained.load(in: world)
    guard world.rank == 0 else { return }
    let model = trained.configuration.model
    let observations = try observations(trained)
    let target = try modality.map { try model.modality($0, option: "--modality") } ?? target(model, observations)
    let picture = model.modalities[target].shape.isPicture
    if picture && output == nil {
      throw CommandError("\(model.modalities[target].name) is a picture: name a PNG file with --output")
    }
    let holdsNumbers = output?.hasSuffix(".h5") ?? false
    if !holdsNumbers { try (picture ? OutputContent.picture : .text).check(output, of: model.modalities[target].name) }
    let mixture = try mixture(trained)
    let draws = trained.model.generate(target, given: observations, count: count, seed: seed, mixture: mixture)
    guard draws.values.allSatisfy(\.isFinite) else {
      throw CommandError(
        "\(model.modalities[target].name) is not finite: what is given is far from all rows that the model was trained on"
      )
    }
    if let output, holdsNumbers {
      try DrawFile(trained, modality: target, given: observations.keys.sorted(), mixture: mixture)
        .write(draws, count: count, to: output)
    } else if picture, let output {
      let grid = try model.modalities[target].grid(draws.values, columns: Self.columns(count), upscaling: 2)
      try writeAtomically(bytes: try grid.png(), to: output)
    } else {
      let rows = try decodedRows(draws.values, trained, target)
      let result = try form.result(rows, text: rows.table(of: model.modalities[target].name, key: "draw"))
      try writeText(result, to: output)
    }
    if let output {
      form.say("\(count) draws of \(model.modalities[target].name), epoch \(trained.epoch), written to \(output)")
    }
  }

  private func mixture(_ trained: TrainedModel) throws -> LatentMixture? {
    guard prior == .mixture, let data else { return nil }
    let mixture = try LatentMixture.fitted(
      to: trained, data: data, components: components ?? 10, seed: seed, isQuiet: form.isQuiet)
    if let fit = mixture.fit { form.say(fit.text) }
    return mixture
  }

  private func observations(_ trained: TrainedModel) throws -> [Int: [Float]] {
    let model = trained.configuration.model
    var observations: [Int: [Float]] = [:]
    for text in given {
      let value = try GivenValue(text, model: model)
      guard observations[value.modality] == nil else {
        throw CommandError("--given \(text): \(model.modalities[value.modality].name) is given twice")
      }
      observations[value.modality] = try value.observation(trained, dataPath: data)
    }
    return observations
  }

  /// The first picture that is not given; else the first picture; else the first modality.
  private func target(_ model: ModelConfiguration, _ given: [Int: [Float]]) -> Int {
    model.pictures.first { given[$0] == nil } ?? model.pictures.first ?? 0
  }

  /// As square as it gets.
  private static func columns(_ count: Int) -> Int { Int(Double(count).squareRoot().rounded(.up)) }

  private func decodedRows(_ values: [Float], _ trained: TrainedModel, _ target: Int) throws -> [DecodedRow] {
    let modality = trained.configuration.model.modalities[target]
    let names = try data.map { try trained.openData($0).valueNames(of: modality.name) } ?? []
    let text = ValueText(modality, names: names)
    let width = modality.shape.count
    return (0..<count).map { draw in
      let means = Array(values[draw * width..<(draw + 1) * width])
      return DecodedRow(row: draw, observed: nil, decoded: text.decoded(means), means: modality.inSourceUnit(means))
    }
  }
}
