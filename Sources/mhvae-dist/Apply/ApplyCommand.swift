import ArgumentParser
import CommandOptions
import Communication
import Configuration
import Console
import Evaluation
import Profiling
import Runs
import Storage

struct ApplyCommand: RankCommand {
  static let configuration = CommandConfiguration(
    commandName: "apply", abstract: "Write scores, imputed values and latents of every row to an HDF5 file.",
    discussion: """
      For every row of a split, or of the whole file, on all ranks: log p of the row, or of what is named given other \
      modalities; what the model makes of modalities that are not given or that the row lacks; latents. The data may be \
      any packed file with the modalities of the training.

      scores: score, its effective sample size, with --percentiles score_percentile. means, deviations, medians, draws: \
      of what is not given or absent, or what --target names. filled: the data with gaps filled. latents: means and log \
      variances.

      What is computed is kept in FILE.progress until all is: stopped by a signal (exit status \(stoppedStatus)) or \
      killed, the command goes on with --continue.

      EXAMPLES
        mpirun -np 2 mhvae-dist apply --run runs/mnist --data mnist.h5 \\
            --percentiles 2000 --samples 100 --output scores.h5
        mpirun -np 2 mhvae-dist apply --run runs/halves --data halves.h5 \\
            --given bottom,label --write means,draws --draws 3 --samples 100 \\
            --output tops.h5
      """)

  @OptionGroup
  var trained: TrainedModelOptions

  @Option(
    help: ArgumentHelp("A packed file with the modalities of the training.", valueName: "file"), completion: .file())
  var data: String

  @Option(
    help: ArgumentHelp("Whose rows: train, validation, test, or all.", valueName: "split"),
    completion: .list(Split.allCases.map(\.rawValue) + ["all"]))
  var split = "test"

  @Option(help: ArgumentHelp("What the model sees of a row: all that it has if not said.", valueName: "names"))
  var given: String?

  @Option(
    help: ArgumentHelp(
      "What is scored and predicted. If not said, all is scored, and what is not given or absent predicted.",
      valueName: "names"))
  var target: String?

  @Option(
    help: ArgumentHelp(
      "What is written, of \(ApplyOutput.allCases.map(\.rawValue).joined(separator: ", ")).", valueName: "names"))
  var write = ApplyOutput.scores.rawValue

  @Option(
    help: ArgumentHelp(
      "K, draws of latents a row; the configuration's evaluation.samples if not given.", valueName: "count"))
  var samples: Int?

  @Option(help: ArgumentHelp("How many predictions of a row --write draws writes.", valueName: "count"))
  var draws = 10

  @Option(
    help: ArgumentHelp(
      "Score at least so many training rows, too, and write where the others lie among them.", valueName: "rows"))
  var percentiles: Int?

  @Option(
    help: ArgumentHelp("The dataset the model was trained on, if --data is another.", valueName: "file"),
    completion: .file())
  var trainingData: String?

  @Option(help: ArgumentHelp("Seed of the draws.", valueName: "number"))
  var seed: UInt64 = 1

  @Option(help: ArgumentHelp("The HDF5 file to write.", valueName: "file"), completion: .file())
  var output: String

  @Option(
    name: .customLong("npy"),
    help: ArgumentHelp("Write the same as arrays of NumPy into this directory, too.", valueName: "dir"),
    completion: .directory)
  var arrays: String?

  @Flag(help: "Replace the output if it exists.")
  var force = false

  @Flag(
    name: .customLong("continue"),
    help: "Go on with what was stopped, if there is something: the same command, on any number of ranks.")
  var continues = false

  @OptionGroup
  var form: ResultOptions

  @OptionGroup(title: "Machine")
  var threads: ThreadOptions

  @OptionGroup(title: "Machine")
  var stalls: StallOptions

  func validate() throws {
    guard (1...Int(Int32.max)).contains(samples ?? 1) else {
      throw ValidationError("--samples must be from 1 to \(Int32.max).")
    }
    guard (1...100_000).contains(draws) else { throw ValidationError("--draws must be from 1 to 100000.") }
    guard percentiles ?? 1 >= 1 else { throw ValidationError("--percentiles must be at least 1.") }
    let outputs = try outputs()
    guard percentiles == nil || outputs.contains(.scores) else {
      throw ValidationError("--percentiles are of scores: name them with --write, too.")
    }
    _ = try splits()
  }

  func run(in world: World) throws {
    threads.apply()
    stalls.apply(in: world)
    try world.checkRanks(options: [
      "--run": self.trained.run, "--checkpoint": self.trained.checkpointName, "--split": split,
      "--samples": samples.map(String.init) ?? "", "--draws": "\(draws)", "--seed": "\(seed)", "--given": given ?? "",
      "--target": target ?? "", "--write": write, "--percentiles": percentiles.map(String.init) ?? "",
    ])
    let start = ContinuousClock.now
    try checkOutput(output, inputs: [data, trainingData, self.trained.run])
    let trained = try self.trained.load(in: world)
    let application = try RowApplication(
      trained, data: data, trainingData: trainingData, try request(trained.configuration))
    try world.checkRanks(data: application.dataFingerprint)
    guard let summary = try compute(application, in: world) else { return }
    let text = summary.text(quantity: application.quantity)
    if form.json || !text.isEmpty { try printResult(form.result(summary, text: text)) }
    for warning in summary.warnings(samples: samples ?? trained.configuration.evaluationSamples) { warn(warning) }
    let seconds = (ContinuousClock.now - start).seconds.formatted(digits: 1)
    form.say(
      "\(summary.rows) rows, epoch \(trained.epoch), \(seconds) s on \(world.worldSize) "
        + "rank\(world.worldSize == 1 ? "" : "s"); written to \(output)")
  }

  /// - Throws: `ExitRequest` on all ranks when a signal has stopped it.
  private func compute(_ application: RowApplication, in world: World) throws -> ApplySummary? {
    let progress = world.rank == 0 ? ProgressLine(isQuiet: form.isQuiet) : nil
    defer { progress?.end() }
    // Before and afterwards a signal ends the program: what is recorded stays.
    StopSignals.install()
    defer { StopSignals.uninstall() }
    do {
      return try application.write(
        to: output, replacing: force, arrays: arrays, continues: continues, collectives: world.collectives
      ) { done, total in
        progress?.update("applying", done: done, total: total)
      }
    } catch let stopped as EvaluationStopped {
      progress?.say("stopped by \(stopped.cause); the same command with --continue goes on")
      throw ExitRequest(status: stoppedStatus)
    } catch var error as StorageError where error.kind == .exists && error.advice == nil {
      error.advice = "Give --force to replace it"
      throw error
    }
  }
}
