import ArgumentParser
import CommandOptions
import Communication
import Configuration
import Console
import Evaluation
import Foundation
import Models
import Profiling
import Runs
import Storage

struct EvaluateCommand: RankCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate", abstract: "Estimate log-likelihoods and other measures on the test split.",
    discussion: """
      Importance sampling with K draws a row, rows divided over the ranks. Prints the rows of the paper's table beside \
      the paper's figures, the ELBO and its terms, how often what was not seen is decoded right, and how many latent \
      units are active; --measures and --judge add what papers report besides. Writes all of it to evaluation.json in \
      the run directory.

      What is estimated is kept in evaluation.progress.jsonl until all is: an evaluation that was stopped by a signal \
      (exit status \(stoppedStatus)) or killed goes on with --continue.

      EXAMPLES
        mpirun -np 2 mhvae-dist evaluate --run runs/mnist --data mnist.h5 \\
            --samples 500 --limit 2000
        mpirun -np 2 mhvae-dist evaluate --run runs/halves --data halves.h5 \\
            --given bottom,label --target top
      """)

  @OptionGroup
  var trained: TrainedModelOptions

  @Option(help: ArgumentHelp("The dataset the model was trained on.", valueName: "file"), completion: .file())
  var data: String

  @Option(
    help: ArgumentHelp(
      "Propose from these modalities only, such as image or top,label; from the prior if only --target is named.",
      valueName: "names"))
  var given: String?

  @Option(
    help: ArgumentHelp(
      "Score these modalities only; all if only --given is named.", valueName: "names"))
  var target: String?

  @Option(
    help: ArgumentHelp("K, draws a row; the configuration's evaluation.samples if not given.", valueName: "count"))
  var samples: Int?

  @Option(help: ArgumentHelp("Only the first so many test rows.", valueName: "rows"))
  var limit: Int?

  @Option(help: ArgumentHelp("Seed of the draws.", valueName: "number"))
  var seed: UInt64 = 1

  @Option(
    help: ArgumentHelp(
      "What products of networks read, f32 or bf16; f32 if not said, whatever the run was trained with.",
      valueName: "precision"))
  var precision: Precision = .f32

  @Option(
    help: ArgumentHelp(
      "Also estimate under a prior that is not the model's: a mixture of so many Gaussians, fitted to the posteriors of the "
        + "training rows of --data, in the place of N(0, I).", valueName: "components"))
  var mixture: Int?

  @Flag(
    help: ArgumentHelp(
      "Also measure how near decoded pictures come and how well latents tell the classes of a label."))
  var measures = false

  @Option(
    help: ArgumentHelp(
      "The run of mhvae-dist judge on the same data: also measure which classes decoded modalities have, and how far "
        + "their features lie from those of the data. Implies --measures.", valueName: "dir or file"),
    completion: .file())
  var judge: String?

  @Option(
    help: ArgumentHelp(
      "Where the report goes; what is there is replaced. If not said, evaluation.json in the run's directory, a name that "
        + "tells modalities, precision and mixture if they are chosen, MODEL.evaluation.json beside a model in a file.",
      valueName: "file"),
    completion: .file())
  var output: String?

  @Flag(
    name: .customLong("continue"),
    help: "Go on with an evaluation that was stopped, if there is one: the same command, on any number of ranks.")
  var continues = false

  @OptionGroup
  var form: ResultOptions

  @OptionGroup(title: "Machine")
  var threads: ThreadOptions

  @OptionGroup(title: "Machine")
  var stalls: StallOptions

  func validate() throws {
    guard (1...Int(UInt32.max)).contains(samples ?? 1) else {
      throw ValidationError("--samples must be from 1 to \(UInt32.max).")
    }
    guard limit ?? 1 >= 1 else { throw ValidationError("--limit must be at least 1.") }
    guard (1...1000).contains(mixture ?? 1) else { throw ValidationError("--mixture must be from 1 to 1000.") }
    guard !(measures || judge != nil) || given == nil && target == nil else {
      throw ValidationError("--measures and --judge go with the whole table: leave --given and --target out.")
    }
  }

  func run(in world: World) throws {
    threads.apply()
    stalls.apply(in: world)
    try world.checkRanks(options: [
      "--run": self.trained.run, "--checkpoint": self.trained.checkpointName,
      "--samples": samples.map(String.init) ?? "", "--limit": limit.map(String.init) ?? "", "--seed": "\(seed)",
      "--precision": precision.rawValue, "--given": given ?? "", "--target": target ?? "", "--measures": "\(measures)",
      "--mixture": mixture.map(String.init) ?? "", "--judge": judge ?? "",
    ])
    let start = ContinuousClock.now
    try checkOutput(output, inputs: [data, self.trained.run] + (judge.map { [$0] } ?? []))
    let trained = try self.trained.load(in: world)
    if precision == .bf16 { try trained.model.useBF16() }
    let path =
      output
      ?? EvaluationFile.path(
        of: self.trained.run, given: given, target: target, precision: precision, mixtureComponents: mixture)
    let subset = try subset(of: trained.configuration.model)
    let dataset = try trained.openData(data)
    let judge = try loadJudge(in: world)
    // Found out now rather than after hours of sampling.
    if world.rank == 0 { _ = try AtomicFile.begin(target: path) }
    let evaluator = try Evaluator(trained.model, dataset, limit: limit, seed: seed, collectives: world.collectives)
    let samples = samples ?? trained.configuration.evaluationSamples
    if world.rank == 0 { warnOfLoss(at: path, rows: evaluator.rowCount, samples: samples) }
    let table = table(of: trained.configuration.model, subset)
    let fitted = try fitMixture(trained, in: world)
    let log = try world.collectives.onRoot {
      try EvaluationLog(
        path: EvaluationLog.path(besides: path),
        EvaluationLog.Subject(
          evaluator, table, data: dataset.fingerprint, samples: samples, mixture: fitted),
        continues: continues, warn: { warn($0) })
    }
    let likelihoods = try estimate(
      evaluator, trained, table, samples: samples, fitted?.mixture, log, shows: world.rank == 0)
    let floors = try evaluator.floors(of: subset?.targets)
    let objective = try evaluator.objective()
    let accuracies =
      try subset.map { try evaluator.accuracies(given: $0.given, targets: $0.targets) } ?? evaluator.accuracies()
    let activeUnits = try evaluator.activeUnits()
    let measures = try measure(evaluator, judge, dataset, shows: world.rank == 0)
    let report = EvaluationReport(
      name: trained.configuration.name, family: trained.configuration.model.family.name.rawValue,
      paperSetup: trained.configuration.paperSetup, epoch: trained.epoch, dataFingerprint: dataset.fingerprint,
      rows: evaluator.rowCount, samples: samples, seed: seed,
      precision: precision.mention, worldSize: world.worldSize,
      seconds: (ContinuousClock.now - start).seconds, likelihoods: likelihoods,
      mixture: fitted?.fit, floors: floors,
      objective: objective, accuracies: accuracies, activeUnits: activeUnits, measures: measures,
      judge: judge?.description,
      logScales: trained.configuration.model.logScales)
    guard world.rank == 0 else { return }
    try show(report, path)
    log?.remove()
    let (run, data, form) = (self.trained.run, data, form)
    world.afterFinalize {
      let page = writeReport(of: run, data: data).map { " and \($0)" } ?? ""
      form.say(
        "\(report.seconds.formatted(digits: 1)) s on \(report.worldSize) rank\(report.worldSize == 1 ? "" : "s"); written to \(path)\(page)"
      )
    }
  }

  /// The requested query; nil for the paper's table.
  private func subset(of model: ModelConfiguration) throws -> (given: [Int], targets: [Int])? {
    guard given != nil || target != nil else { return nil }
    return (
      try given.map { try model.modalities($0, option: "--given") } ?? [],
      try target.map { try model.modalities($0, option: "--target") } ?? Array(model.modalities.indices)
    )
  }

  private func table(of model: ModelConfiguration, _ subset: (given: [Int], targets: [Int])?) -> LikelihoodTable {
    subset.map { LikelihoodTable(model.modalities, given: $0.given, targets: $0.targets) }
      ?? LikelihoodTable(model.modalities)
  }

  /// Fitted on rank 0 while the others wait. Collective.
  private func fitMixture(_ trained: TrainedModel, in world: World) throws -> LatentMixture? {
    guard let mixture else { return nil }
    let (data, seed) = (data, seed)
    let isQuiet = form.isQuiet
    let fitted = try world.collectives.onRoot {
      try LatentMixture.fitted(to: trained, data: data, components: mixture, seed: seed, isQuiet: isQuiet)
    }
    return try LatentMixture.broadcast(fitted, world.collectives)
  }

  /// - Throws: `ExitRequest` on all ranks when a signal has stopped it.
  private func estimate(
    _ evaluator: Evaluator, _ trained: TrainedModel, _ table: LikelihoodTable, samples: Int,
    _ mixture: GaussianMixture?, _ log: EvaluationLog?, shows: Bool
  ) throws -> [LikelihoodEstimate] {
    let progress = shows ? ProgressLine(doneBefore: log?.doneRows ?? 0, isQuiet: form.isQuiet) : nil
    defer { progress?.end() }
    // Before and afterwards a signal ends the program: what is recorded stays.
    StopSignals.install()
    defer { StopSignals.uninstall() }
    do {
      return try evaluator.likelihoods(
        table, samples: samples, setup: trained.configuration.paperSetup, mixture: mixture, log: log
      ) { done, total in
        progress?.update("evaluating", done: done, total: total)
      }
    } catch let stopped as EvaluationStopped {
      progress?.say("stopped by \(stopped.cause); the same command with --continue goes on")
      throw ExitRequest(status: stoppedStatus)
    }
  }

  /// Collective.
  private func loadJudge(in world: World) throws -> Judge? {
    guard let judge else { return nil }
    let trained = try TrainedModel.load(isFile(judge) ? nil : .best, of: judge, collectives: world.collectives)
    do {
      _ = try trained.openData(data)
      return try Judge(trained)
    } catch let error as EvaluationError {
      throw CommandError("--judge \(judge): \(error)")
    }
  }

  private func measure(
    _ evaluator: Evaluator, _ judge: Judge?, _ dataset: borrowing PackedDataset, shows: Bool
  ) throws -> [MeasureEstimate]? {
    guard measures || judge != nil else { return nil }
    let progress = shows ? ProgressLine(isQuiet: form.isQuiet) : nil
    defer { progress?.end() }
    let found = try evaluator.measures(judge, dataset) { progress?.update("measuring", done: $0, total: $1) }
    if shows, !found.contains(where: { $0.measure == .linearProbe }) {
      warn("there are no linear probes: they need a judge, or one modality of classes in the file that is not given")
    }
    return found
  }

  /// A quick look must not take the place of a long evaluation unnoticed.
  private func warnOfLoss(at path: String, rows: Int, samples: Int) {
    guard let data = FileManager.default.contents(atPath: path), let old = try? EvaluationReport(json: data),
      old.rows > rows || old.samples > samples
    else { return }
    warn(
      "this will replace the evaluation of \(old.rows) rows, \(old.samples) samples each, in \(path); keep both with "
        + "--output")
  }

  private func show(_ report: EvaluationReport, _ path: String) throws {
    form.say(
      "\(report.name), \(report.family), epoch \(report.epoch): \(report.rows) test rows, \(report.samples) samples each"
        + (report.precision.map { ", products in \($0)" } ?? ""))
    let json = try report.json
    try writeAtomically(bytes: json, to: path)
    // Of no rows there is no mean.
    let scored = report.likelihoods.filter { $0.rows != 0 }
    if scored.contains(where: { !$0.mean.isFinite || !($0.mixture?.mean.isFinite ?? true) }) {
      warn(
        "some likelihoods are not finite: the model has diverged, or rows lie far from all that it was trained on. See the "
          + "warnings of its training, and try --checkpoint best")
    }
    try printResult(form.json ? String(decoding: json, as: UTF8.self) : report.text)
  }
}
