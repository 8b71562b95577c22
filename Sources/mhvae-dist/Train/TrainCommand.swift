import ArgumentParser
import CommandOptions
import Communication
import Configuration
import Console
import GradientExchange
import Profiling
import Runs
import Storage
import Training

struct TrainCommand: RankCommand {
  static let configuration = CommandConfiguration(
    commandName: "train", abstract: "Train a model on all ranks together.",
    discussion: """
      EXAMPLES
        mpirun -np 2 mhvae-dist train --preset mnist --data mnist.h5 \\
            --run runs/mnist --epochs 10 --warm-up-modality 2 --warm-up-core 4
        mpirun -np 2 mhvae-dist train --preset auto --data mnist.h5 --run runs/auto
        mpirun -np 4 mhvae-dist train --run runs/mnist --data mnist.h5 --resume \\
            --epochs 20
        mpirun -np 4 mhvae-dist train --preset mnist --data mnist.h5 \\
            --run runs/long --continue
        mpirun -np 4 mhvae-dist train --preset mnist --data mnist.h5 --dry-run

      Ctrl-C (SIGINT), SIGTERM, SIGHUP, SIGUSR1, SIGUSR2 or a file STOP in the run's directory stop training after the \
      step under way, with a checkpoint and exit status \(stoppedStatus). A second Ctrl-C ends it at once.
      """)

  @Option(
    help: "What to train: \(Presets.names.joined(separator: ", ")), or auto, which fits the data as propose does.",
    completion: .list(Presets.names + [proposedPreset]))
  var preset: String?

  @Option(
    help: "Which family of models the preset is for, if not the set-up's own.", completion: .list(FamilyName.allKnown))
  var family: FamilyName?

  @Option(help: ArgumentHelp("A dataset made by mhvae-pack.", valueName: "file"), completion: .file())
  var data: String

  @Option(
    help: ArgumentHelp("Where configuration, metrics and checkpoints go.", valueName: "dir"), completion: .directory)
  var run: String?

  @OptionGroup(title: "Resuming and checkpoints")
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

  @Option(
    help: ArgumentHelp(
      """
      Scale the preset's learning rate from its batch size to --batch-size, by the root of their ratio or by the ratio, \
      with a warm-up: \(RateScaling.allCases.map(\.rawValue).joined(separator: ", ")).
      """, valueName: "rule"))
  var scaleRate: RateScaling?

  @OptionGroup(title: "While it trains")
  var recording: RecordingOptions

  @Option(
    help: ArgumentHelp(
      """
      Also write where the first \(StepTrace.stepCount(worldSize: 1)) steps spend their time on every rank, for \
      chrome://tracing or Perfetto. The file is there as soon as they are done; beyond 64 ranks they are fewer.
      """, valueName: "file"), completion: .file())
  var trace: String?

  @OptionGroup
  var form: ResultOptions

  @OptionGroup(title: "Machine")
  var threads: ThreadOptions

  @OptionGroup(title: "Machine")
  var stalls: StallOptions

  @OptionGroup(title: "Machine")
  var comparison: ComparisonOptions

  @Option(
    help: ArgumentHelp(
      """
      The most memory of a rank for its training rows, and as much for its validation rows. Larger shards are \
      streamed from the file during training: the same rows in the same order.
      """, valueName: "MiB"))
  var shardMemory = 4096

  @OptionGroup(title: "Machine")
  var exchange: ExchangeOptions

  func validate() throws {
    guard run != nil || dryRun && !session.mayResume else {
      throw ValidationError("Name the run's directory with --run.")
    }
    guard session.resume || preset != nil || changes.config != nil else {
      throw ValidationError("Name a --preset, or a complete configuration with --config, or resume with --resume.")
    }
    guard family == nil || preset != nil || session.resume else {
      throw ValidationError(
        "--family chooses among presets; name a --preset, or say model.family in the --config file.")
    }
    guard scaleRate == nil || !session.resume && preset != nil else {
      throw ValidationError(
        "--scale-rate is for a new run of a --preset, whose rate it scales; a resumed run keeps the rate it has.")
    }
    guard dryRun || !form.json else {
      throw ValidationError("--json is for --dry-run; metrics.jsonl in the run's directory describes the training.")
    }
    guard (1...1 << 30).contains(shardMemory) else {
      throw ValidationError("--shard-memory must be from 1 to \(1 << 30).")
    }
  }

  func run(in world: World) throws {
    threads.apply()
    guard !dryRun else { return try describe(in: world) }
    StopSignals.install()
    stalls.apply(in: world)
    let directory = RunDirectory(run ?? "")
    let stopFile = StopFile(directory.stopPath)
    let claim: Claim? = try world.collectives.onRoot { try self.claim(directory) }
    world.beforeAbort { claim?.release() }
    try train(in: directory, claim?.lock, stopFile, world)
    // Releases the trainer.
    world.beforeAbort {}
    claim?.release()
  }

  private func describe(in world: World) throws {
    stalls.apply(in: world)
    let configuration = try configuration(of: RunDirectory(run ?? ""), on: world) { form.say($0) }
    try exchange.check(configuration.training)
    let dataset = try PackedDataset.open(data)
    guard world.rank == 0 else { return }
    let summary = try RunSummary(
      configuration, dataset: dataset, worldSize: world.worldSize, hosts: world.hostCount,
      shardMemory: shardMemory << 20, exchange: exchange.settings)
    try printResult(form.result(summary, text: summary.description))
  }

  private func train(
    in directory: RunDirectory, _ lock: RunLock?, _ stopFile: StopFile, _ world: World
  ) throws {
    let console = TrainingConsole(isQuiet: form.isQuiet)
    let configuration = try configuration(of: directory, on: world, say: console.say)
    try exchange.check(configuration.training)
    let dataset = try PackedDataset.open(data)
    try checkRanks(dataset, configuration.training.precision, in: world, console)
    if world.rank == 0 { warnOfUselessOptions(configuration, console) }
    let trace = try stepTrace(in: world, console)
    let trainer = try Trainer(
      configuration, dataset: dataset, directory: directory, collectives: world.collectives,
      observer: console, recording: recording.settings(dataset, configuration.model), schedule: session.schedule,
      lock: lock, trace: trace,
      shardMemory: shardMemory << 20, exchange: exchange.settings, compareEverySteps: comparison.compareEverySteps)
    if session.mayResume { try trainer.resume() }
    // Nothing is written before data, configuration and checkpoint have been found to fit.
    _ = try world.collectives.onRoot { try prepare(directory, configuration, stopFile, console) }
    world.beforeAbort {
      trainer.rescue(seconds: World.rescueSeconds)
      lock?.release()
    }
    let ranks = try world.reportMachine(exchange: trainer.exchangeSummary, console)
    let start =
      world.rank == 0
      ? SessionStart(
        ranks, dataset, path: data, exchange: trainer.exchangeSummary, epoch: trainer.epochsDone,
        step: trainer.stepsTaken) : nil
    _ = try world.collectives.onRoot { if let start { try console.keep(Journal(directory), start) } }
    let epochsBefore = trainer.epochsDone
    let cause = try console.following(trainer) { try trainer.run() }
    if let cause {
      if world.rank == 0 {
        console.say(
          "stopped by \(cause) after \(trainer.progress); resume with --run \(shellWord(directory.path)) --resume")
      }
      lock?.release()
      world.beforeAbort {}
      throw ExitRequest(status: stoppedStatus)
    }
    if world.rank == 0 {
      close(
        TrainingSummary(
          trainer, epochsBefore: epochsBefore, directory, data: data, isGenerative: configuration.model.isGenerative),
        console, in: world)
    }
  }

  /// Writes the first files of the session.
  private func prepare(
    _ directory: RunDirectory, _ configuration: RunConfiguration, _ stopFile: StopFile, _ console: TrainingConsole
  ) throws {
    try directory.write(configuration: configuration.yaml)
    if try !directory.hasLinks() {
      console.warning(
        "the file system of \(directory.path) has no symbolic links: there is no last.safetensors and no "
          + "best.safetensors, but --checkpoint last and best find the checkpoints all the same")
    }
    try stopFile.remove()
  }

  /// The report of a run that is complete, and the last words.
  private func close(_ summary: TrainingSummary, _ console: TrainingConsole, in world: World) {
    let data = data
    world.afterFinalize {
      let report = writeReport(of: summary.directory, data: data, warn: console.warning)
      console.say(summary.text(report: report))
    }
  }

  private func checkRanks(
    _ dataset: borrowing PackedDataset, _ precision: Precision, in world: World, _ console: TrainingConsole
  ) throws {
    if precision == .bf16 { try world.checkBF16(warn: console.warning) }
    try world.checkRanks(
      data: dataset.fingerprint, warn: console.warning,
      options: [
        "--exchange": exchange.exchange.rawValue, "--wire": exchange.wire.rawValue,
        "--stall-timeout": "\(stalls.stallTimeout)",
        "--resume or --continue": "\(session.mayResume)",
        "--compare-every-steps": comparison.compareEverySteps.map(String.init) ?? "none",
        "--trace": trace == nil ? "no" : "yes", "--sample-every": "\(recording.sampleEvery)",
        "--run": run ?? "",
      ])
  }

  private func warnOfUselessOptions(_ configuration: RunConfiguration, _ console: TrainingConsole) {
    guard warmUpModality != nil, configuration.training.warmUp.modality == nil else { return }
    console.warning(
      "--warm-up-modality has no effect: \(configuration.model.family.name.rawValue) has one latent, which "
        + "--warm-up-core warms up")
  }
}
