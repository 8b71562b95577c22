import ArgumentParser
import Communication
import Configuration
import Evaluation
import Kernels
import Models
import Training

struct BenchmarkCommand: RankCommand {
  static let configuration = CommandConfiguration(
    commandName: "benchmark", abstract: "Measure the speed of training or sampling on random data.",
    discussion: """
      Times whole steps on all ranks, with a breakdown by phase. The peak is what all ranks reach together on a large
      matrix product, measured in the same job.

      EXAMPLES
        mpirun -np 2 mhvae-dist benchmark --preset mnist --steps 200
        mpirun -np 2 mhvae-dist benchmark --preset mnist --samples 5000
      """)

  private static let (defaultSteps, defaultWarmUpSteps) = (200, 20)

  @Option(help: "What to train: \(Presets.names.joined(separator: ", ")).")
  var preset: String

  @Option(help: "Which family of models the preset is for, if not the set-up's own.")
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
    if exchange.exchange != ExchangeOptions.defaultWay { return "--exchange" }
    if steps != Self.defaultSteps { return "--steps" }
    return warmUpSteps != Self.defaultWarmUpSteps ? "--warm-up-steps" : nil
  }

  func run(in world: World) throws {
    threads.apply()
    stalls.apply(in: world)
    try world.compareRanks()
    let configuration = try RunConfiguration.resolved(on: world) {
      var source = try ConfigurationSource(preset: preset, family: family)
      try changes.apply(to: &source)
      return try source.resolve()
    }
    if let samples {
      let report = try SamplingBenchmark(configuration, collectives: world.collectives).run(samples: samples)
      if world.rank == 0 { show(report, world, configuration) }
      return
    }
    var settings = exchange.settings
    (settings.overlaps, settings.bucketCount) = (!noOverlap, bucket)
    let benchmark = try Benchmark(configuration, collectives: world.collectives, exchange: settings)
    if world.rank == 0, let warning = benchmark.warning { TrainingConsole().warning(warning) }
    let report = try benchmark.run(steps: steps, warmUp: warmUpSteps)
    if world.rank == 0 { show(report, world, configuration) }
  }

  private func show(_ report: SamplingReport, _ world: World, _ configuration: RunConfiguration) {
    print(
      "\(configuration.name), \(configuration.model.family.name.rawValue): importance sampling of "
        + "\(configuration.model.modalities[0].name), \(report.rowCount) rows of \(report.samples) draws, "
        + "\(world.worldSize) ranks, \(Threads.count) threads each")
    print(Threads.library)
    print(
      "\(report.decodesPerSecond.formatted(digits: 0)) decodes/s over all ranks; "
        + share(report.share, fraction: report.peakFraction))
  }

  private func share(_ share: PeakShare, fraction: Double) -> String {
    "products \((fraction * share.peak / 1e9).formatted(digits: 1)) GFLOP/s, \(fraction.formatted(digits: 3)) of the "
      + "sgemm peak of \((share.peak / 1e9).formatted(digits: 1))"
  }

  private func show(_ report: BenchmarkReport, _ world: World, _ configuration: RunConfiguration) {
    print(
      "\(configuration.name), \(configuration.model.family.name.rawValue): \(report.parameterCount) parameters, "
        + "global batch \(report.batchSize), \(world.worldSize) ranks, "
        + "\(Threads.count) threads each, \(report.stepSeconds.count) steps")
    print(Threads.library)
    print(
      "step: median \(milliseconds(report.medianStepSeconds)) ms, mean \(milliseconds(report.meanStepSeconds)) ms; "
        + "images/s over all ranks: median \(report.imagesPerSecond.formatted(digits: 0)), "
        + "mean \(report.meanImagesPerSecond.formatted(digits: 0)); loss \(report.loss.formatted(digits: 3))")
    print(share(report.share, fraction: report.peakFraction))
    for (phase, seconds) in report.phases {
      let share = (100 * seconds / report.meanStepSeconds).formatted(digits: 1)
      print("  \(phase.name): \(milliseconds(seconds)) ms, \(share) %")
    }
  }

  private func milliseconds(_ seconds: Double) -> String { (seconds * 1000).formatted(digits: 3) }
}
