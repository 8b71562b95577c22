import ArgumentParser
import CommandOptions
import Communication
import Configuration
import Console
import Evaluation
import GradientExchange
import Models
import Training

struct BenchmarkCommand: RankCommand {
  static let configuration = CommandConfiguration(
    commandName: "benchmark", abstract: "Measure the speed of training or sampling on random data.",
    discussion: """
      Times whole steps on all ranks, with a breakdown by phase. The peak is what all ranks reach together on a large \
      matrix product, measured in the same job.

      EXAMPLES
        mpirun -np 2 mhvae-dist benchmark --preset mnist --steps 200
        mpirun -np 2 mhvae-dist benchmark --preset mnist --samples 5000
      """)

  private static let (defaultSteps, defaultWarmUpSteps) = (200, 20)

  @Option(help: "What to train: \(Presets.names.joined(separator: ", ")).", completion: .list(Presets.names))
  var preset: String

  @Option(
    help: "Which family of models the preset is for, if not the set-up's own.", completion: .list(FamilyName.allKnown))
  var family: FamilyName?

  @OptionGroup(title: "Configuration")
  var changes: ConfigurationOptions

  @Option(help: ArgumentHelp("Steps to time.", valueName: "count"))
  var steps = Self.defaultSteps

  @Option(help: ArgumentHelp("Steps before that.", valueName: "count"))
  var warmUpSteps = Self.defaultWarmUpSteps

  @Option(
    help: ArgumentHelp(
      "Instead of training, estimate likelihoods of the first modality with so many draws a row.", valueName: "count"))
  var samples: Int?

  @OptionGroup
  var form: ResultOptions

  @OptionGroup(title: "Machine")
  var threads: ThreadOptions

  @OptionGroup(title: "Machine")
  var stalls: StallOptions

  @OptionGroup(title: "Machine")
  var exchange: ExchangeOptions

  @Flag(help: "Let gradients travel between nodes only after the backward pass, to see what the overlap is worth.")
  var noOverlap = false

  @Option(
    help: ArgumentHelp(
      "Floats of the gradient that travel between nodes together, a multiple of 16.", valueName: "count"))
  var bucket: Int?

  func validate() throws {
    guard steps >= 1, warmUpSteps >= 0 else { throw ValidationError("Count at least one step.") }
    guard samples ?? 1 >= 1 else { throw ValidationError("--samples must be at least 1.") }
    guard bucket.map({ (16...1 << 30).contains($0) && $0 % 16 == 0 }) ?? true else {
      throw ValidationError("--bucket must be a multiple of 16, from 16 to \(1 << 30).")
    }
    if samples != nil, let option = trainingOption {
      throw ValidationError("\(option) is about training and has no effect with --samples.")
    }
  }

  /// An option that was given and says how to train.
  private var trainingOption: String? {
    if noOverlap { return "--no-overlap" }
    if bucket != nil { return "--bucket" }
    if exchange.exchange != ExchangeOptions.defaultMethod { return "--exchange" }
    if exchange.wire != .f32 { return "--wire" }
    if steps != Self.defaultSteps { return "--steps" }
    return warmUpSteps != Self.defaultWarmUpSteps ? "--warm-up-steps" : nil
  }

  func run(in world: World) throws {
    threads.apply()
    stalls.apply(in: world)
    try world.checkRanks()
    let configuration = try RunConfiguration.resolved(on: world) {
      var source = try ConfigurationSource(preset: preset, family: family)
      try changes.apply(to: &source)
      return try source.resolve()
    }
    if let samples {
      let report = try SamplingBenchmark(configuration, collectives: world.collectives).run(samples: samples)
      let speed = SamplingSpeed(
        report, BenchmarkSubject(configuration, worldSize: world.worldSize),
        modality: configuration.model.modalities[0].name)
      if world.rank == 0 { try printResult(form.result(speed, text: speed.text)) }
      return
    }
    try exchange.check(configuration.training)
    var settings = exchange.settings
    (settings.overlaps, settings.bucketSize) = (!noOverlap, bucket)
    let benchmark = try Benchmark(configuration, collectives: world.collectives, exchange: settings)
    if world.rank == 0, let warning = benchmark.warning { warn(warning) }
    let report = try benchmark.run(steps: steps, warmUp: warmUpSteps)
    let speed = TrainingSpeed(report, BenchmarkSubject(configuration, worldSize: world.worldSize))
    if world.rank == 0 { try printResult(form.result(speed, text: speed.text)) }
  }
}
