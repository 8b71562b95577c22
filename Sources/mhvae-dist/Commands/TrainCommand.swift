import ArgumentParser
import Communication
import Configuration
import Foundation
import Models
import Storage
import Training

struct TrainCommand: RankCommand {
  static let configuration = CommandConfiguration(
    commandName: "train", abstract: "Train a model on all ranks together.",
    discussion: """
      EXAMPLES
        mpirun -np 2 mhvae-dist train --preset mnist --data mnist.h5 --run runs/mnist --epochs 10 \\
            --warm-up-modality 2 --warm-up-core 4
        mpirun -np 4 mhvae-dist train --run runs/mnist --data mnist.h5 --resume --epochs 20
        mpirun -np 4 mhvae-dist train --preset mnist --data mnist.h5 --run runs/mnist --continue
        mpirun -np 4 mhvae-dist train --preset mnist --data mnist.h5 --dry-run

      SIGTERM, SIGUSR1, SIGUSR2 or a file STOP in the run's directory stop training after the step under way, with a
      checkpoint and exit status \(stoppedStatus).
      """)

  @Option(help: "What to train: \(Presets.names.joined(separator: ", ")).")
  var preset: String?

  @Option(help: "Which family of models the preset is for, if not the set-up's own.")
  var family: FamilyName?

  @Option(help: ArgumentHelp("A dataset made by mhvae-pack.", valueName: "file"))
  var data: String

  @Option(help: ArgumentHelp("Where configuration, metrics and checkpoints go.", valueName: "dir"))
  var run: String?

  @OptionGroup(title: "Going on and stopping")
  var session: SessionOptions

  @Flag(help: "Only show the model, its memory and its messages; read no rows, write nothing.")
  var dryRun = false

  @OptionGroup(title: "Configuration")
  var changes: ConfigurationOptions

  @Option(help: ArgumentHelp("Same as --set training.epochs: epochs in all.", valueName: "count"))
  var epochs: Int?

  @Option(
    help: ArgumentHelp(
      "Same as --set training.warm_up.modality; baselines have no such KL and ignore it.", valueName: "epochs"))
  var warmUpModality: Int?

  @Option(help: ArgumentHelp("Same as --set training.warm_up.core.", valueName: "epochs"))
  var warmUpCore: Int?

  @Option(help: ArgumentHelp("Also write the loss of every so many steps to steps.jsonl.", valueName: "count"))
  var logSteps: Int?

  @Option(
    help: ArgumentHelp(
      """
      Also write where the first \(StepTrace.stepCount(worldSize: 1)) steps spend their time on every rank, for \
      chrome://tracing or Perfetto. The file is there as soon as they are done; beyond 64 ranks they are fewer.
      """, valueName: "file"))
  var trace: String?

  @OptionGroup(title: "Machine")
  var threads: ThreadOptions

  @OptionGroup(title: "Machine")
  var stalls: StallOptions

  @OptionGroup(title: "Machine")
  var comparison: ComparisonOptions

  @Option(
    help: ArgumentHelp(
      """
      The most memory of a rank for its training rows, and as much for its validation rows. Rows that are more are \
      read from the file while training goes on: the same rows in the same order.
      """, valueName: "MiB"))
  var shardMemory = 4096

  @OptionGroup(title: "Machine")
  var exchange: ExchangeOptions

  func validate() throws {
    guard run != nil || dryRun && !session.mayGoOn else {
      throw ValidationError("Name the run's directory with --run.")
    }
    guard session.resume || preset != nil || changes.config != nil else {
      throw ValidationError("Name a --preset, or a complete configuration with --config, or go on with --resume.")
    }
    guard family == nil || preset != nil || session.resume else {
      throw ValidationError(
        "--family chooses among presets; name a --preset, or say model.family in the --config file.")
    }
    guard logSteps ?? 1 >= 1 else { throw ValidationError("--log-steps must be at least 1.") }
    guard (1...1 << 30).contains(shardMemory) else {
      throw ValidationError("--shard-memory must be from 1 to \(1 << 30).")
    }
  }

  func run(in world: World) throws {
    threads.apply()
    // Nobody would ask for the signals of a dry run.
    if !dryRun { StopSignals.watch() }
    stalls.apply(in: world)
    let directory = RunDirectory(run ?? "")
    let configuration = try RunConfiguration.resolved(on: world) {
      if session.resume { return try resumedConfiguration(directory) }
      return session.continues && directory.holdsRun
        ? try continuedConfiguration(directory) : try newConfiguration(directory)
    }
    let console = TrainingConsole()
    if world.rank == 0, warmUpModality != nil, configuration.training.warmUp.modality == nil {
      console.warning(
        "--warm-up-modality has no effect: \(configuration.model.family.name.rawValue) has one latent, which "
          + "--warm-up-core warms up")
    }
    let dataset = try PackedDataset.open(data)
    if dryRun {
      if world.rank == 0 {
        print(
          try RunSummary(
            configuration, dataset: dataset, worldSize: world.worldSize, shardMemory: shardMemory << 20,
            exchange: exchange.settings.way))
      }
      return
    }
    try world.compareRanks(
      data: dataset.fingerprint,
      options: [
        "--exchange": exchange.exchange.rawValue, "--stall-timeout": "\(stalls.stallTimeout)",
        "--resume or --continue": "\(session.mayGoOn)",
        "--compare-every-steps": comparison.compareEverySteps.map(String.init) ?? "none",
      ])
    let trace = try stepTrace(in: world, console)
    let trainer = try Trainer(
      configuration, dataset: dataset, directory: directory, collectives: world.collectives,
      observer: console, logEverySteps: logSteps, schedule: session.schedule, trace: trace,
      shardMemory: shardMemory << 20, exchange: exchange.settings, compareEverySteps: comparison.compareEverySteps)
    if session.mayGoOn { try trainer.resume() }
    // Nothing is written before data, configuration and checkpoint have been found to fit.
    if world.rank == 0 { try directory.write(configuration: configuration.yaml) }
    try world.announceMachine(exchange: trainer.exchangeSummary, console)
    let cause = try trainer.run()
    console.end()
    guard let cause else {
      if world.rank == 0 { print("trained \(configuration.training.epochs) epochs; the run is in \(directory.path)") }
      return
    }
    if world.rank == 0 {
      print("stopped by \(cause) after \(trainer.place); go on with --run \(directory.path) --resume")
    }
    throw JobEnd(status: stoppedStatus)
  }

  /// - Throws: on rank 0 when the trace could not be written: better now than after its steps.
  private func stepTrace(in world: World, _ console: TrainingConsole) throws -> StepTrace? {
    guard let trace else { return nil }
    if world.rank == 0 {
      try checkOutput(trace, option: "--trace", inputs: [data, changes.config, run])
      // A new run's own directory comes later.
      let folder = URL(filePath: trace).deletingLastPathComponent().standardizedFileURL
      let isInNewRun =
        !RunDirectory(run ?? "").holdsRun
        && folder == URL(filePath: run ?? "", directoryHint: .isDirectory).standardizedFileURL
      if !isInNewRun { _ = try AtomicFile.begin(target: trace) }
    }
    return StepTrace(path: trace, host: world.hostName, collectives: world.collectives, warn: console.warning)
  }

  private func newConfiguration(_ directory: RunDirectory) throws -> RunConfiguration {
    if !dryRun { try directory.checkIsFree() }
    return try commandLineConfiguration()
  }

  private func commandLineConfiguration() throws -> RunConfiguration {
    // Without a preset the file must be complete; an empty document below it makes missing keys show as such.
    var source =
      try preset.map { try ConfigurationSource(preset: $0, family: family) }
      ?? ConfigurationSource(yaml: "{}")
    return try resolve(&source)
  }

  /// The command line says all; what a run must keep has to be what the run has.
  private func continuedConfiguration(_ directory: RunDirectory) throws -> RunConfiguration {
    let configuration = try commandLineConfiguration()
    let old = try RunConfiguration(yaml: try directory.readConfiguration())
    if let key = configuration.keyThatMustNotDiffer(from: old) {
      throw TrainingError("\(key) differs from that of the run in \(directory.path); name another directory with --run")
    }
    return configuration
  }

  private func resumedConfiguration(_ directory: RunDirectory) throws -> RunConfiguration {
    let text = try directory.readConfiguration()
    var source = try ConfigurationSource(yaml: text, from: directory.configurationPath)
    let configuration = try resolve(&source)
    let old = try RunConfiguration(yaml: text)
    let option =
      preset ?? old.name != old.name
      ? "--preset" : family ?? old.model.family.name != old.model.family.name ? "--family" : nil
    let key = option ?? configuration.keyThatMustNotDiffer(from: old)
    if let key { throw TrainingError("\(key) differs from the run's; a resumed run must keep it") }
    return configuration
  }

  private func resolve(_ source: inout ConfigurationSource) throws -> RunConfiguration {
    try changes.apply(to: &source)
    try source.set("training.epochs", to: epochs)
    try source.set("training.warm_up.modality", to: warmUpModality)
    try source.set("training.warm_up.core", to: warmUpCore)
    return try source.resolve()
  }
}
