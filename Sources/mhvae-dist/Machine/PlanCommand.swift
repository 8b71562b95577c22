import ArgumentParser
import CommandOptions
import Communication
import Configuration
import Console
import Evaluation
import Foundation
import GradientExchange
import Models
import Planning

struct PlanCommand: RankCommand {
  static let configuration = CommandConfiguration(
    commandName: "plan", abstract: "Predict the speed of training on other numbers of hosts.",
    discussion: """
      Measures the arithmetic of a step here, on a few batch sizes, and adds what messages cost between hosts, by the \
      model in Sources/Planning/README.md. Start it with as many ranks as a host will have, so that they share caches \
      and memory as they will in training.

      EXAMPLES
        mhvae-dist plan --preset mnist --hosts 1,2,4,8 --ranks-per-host 1 \\
            --link 10 --latency 20
        mpirun -np 32 mhvae-dist plan --preset celeba --batch-size 4096 \\
            --hosts 1,8,64 --ranks-per-host 32 --link 100 --latency 2 --byte-cost 0
        mhvae-dist plan --preset mnist --hosts 1,8,64 --rows-per-rank 64 \\
            --scale-rate sqrt --link 10 --latency 20
      """)

  @Option(help: "What to train: \(Presets.names.joined(separator: ", ")).", completion: .list(Presets.names))
  var preset: String?

  @Option(
    help: "Which family of models the preset is for, if not the set-up's own.", completion: .list(FamilyName.allKnown))
  var family: FamilyName?

  @OptionGroup(title: "Configuration")
  var changes: ConfigurationOptions

  @Option(help: ArgumentHelp("Numbers of hosts, such as 1,2,4,8.", valueName: "counts"))
  var hosts: HostCounts

  @Option(help: ArgumentHelp("Ranks on each host.", valueName: "count"))
  var ranksPerHost = 1

  @Option(
    help: ArgumentHelp(
      "Let the global batch grow with the ranks, so many rows for each, so that they stay busy.", valueName: "rows"))
  var rowsPerRank: Int?

  @Option(
    help: ArgumentHelp(
      "Show the learning rate that train --scale-rate takes at each batch.", valueName: "rule"))
  var scaleRate: RateScaling?

  @Option(help: ArgumentHelp("What a host sends, and receives at the same time.", valueName: "Gbit/s"))
  var link: Double

  @Option(help: ArgumentHelp("Microseconds of a short message from a rank to one of another host.", valueName: "us"))
  var latency: Double

  @Option(
    help: ArgumentHelp(
      "Nanoseconds of a core for each byte sent or received: that of TCP here, 0 where the network reads memory itself.",
      valueName: "ns"))
  var byteCost = MessageCosts().perByte * 1e9

  @Option(
    help: ArgumentHelp(
      "Images a second of one rank alone there (benchmark with the same batch), if its processor is another one.",
      valueName: "images/s"))
  var rate: Double?

  @Option(help: ArgumentHelp("What gradients are between hosts, as train --wire says.", valueName: "format"))
  var wire = WireFormat.f32

  @OptionGroup
  var form: ResultOptions

  @OptionGroup(title: "Machine")
  var threads: ThreadOptions

  func validate() throws {
    guard preset != nil || changes.config != nil else {
      throw ValidationError("Name a --preset, or a complete configuration with --config.")
    }
    guard (1...1024).contains(ranksPerHost) else { throw ValidationError("--ranks-per-host must be from 1 to 1024.") }
    guard (1...1 << 20).contains(rowsPerRank ?? 1) else {
      throw ValidationError("--rows-per-rank must be from 1 to \(1 << 20).")
    }
    guard scaleRate == nil || preset != nil else {
      throw ValidationError("--scale-rate scales the rate of a --preset.")
    }
    guard rowsPerRank == nil || changes.batchSize == nil else {
      throw ValidationError("--batch-size is one batch for all numbers of hosts, --rows-per-rank another for each.")
    }
    guard link > 0, link.isFinite else { throw ValidationError("--link must be more than 0.") }
    guard latency >= 0, latency.isFinite else { throw ValidationError("--latency must not be negative.") }
    guard byteCost >= 0, byteCost.isFinite else { throw ValidationError("--byte-cost must not be negative.") }
    guard rate.map({ $0 > 0 && $0.isFinite }) ?? true else { throw ValidationError("--rate must be more than 0.") }
  }

  func run(in world: World) throws {
    threads.apply()
    var configuration = try RunConfiguration.resolved(on: world) {
      var source =
        try preset.map { try ConfigurationSource(preset: $0, family: family) } ?? ConfigurationSource(yaml: "{}")
      try changes.apply(to: &source)
      return try source.resolve()
    }
    if let rowsPerRank { configuration.training.batchSize = max(rowsPerRank, 2) }
    let batch = rowsPerRank.map(PlannedBatch.perRank) ?? .global(configuration.training.batchSize)
    // Before anything is measured.
    for hosts in hosts.counts { try Plan.check(batch, cluster(hosts)) }
    let measured = Plan(batch: batch, timelines: try .measured(configuration, collectives: world.collectives))
    guard world.rank == 0 else { return }
    let plan = rate.map { measured.scaled(by: measured.aloneImagesPerSecond / $0) } ?? measured
    let report = PlanReport(
      title: "\(configuration.name), \(configuration.model.family.name.rawValue)", plan: plan,
      steps: try hosts.counts.map { try plan.step(on: cluster($0)) },
      learningRate: try learningRate())
    try printResult(form.result(report.document, text: report.text))
  }

  /// As `train --scale-rate` takes it; nil if it is not asked for.
  private func learningRate() throws -> ((_ batchSize: Int) -> Double)? {
    guard let scaleRate, let preset else { return nil }
    let reference = try ConfigurationSource(preset: preset, family: family).resolve().training
    return { scaleRate.rate(of: reference, forBatchSize: $0) }
  }

  private func cluster(_ hosts: Int) -> Cluster {
    Cluster(
      hosts: hosts, ranksPerHost: ranksPerHost, gigabitsPerSecond: link, latency: latency * 1e-6,
      costs: MessageCosts(perByte: byteCost * 1e-9), wire: wire)
  }
}
