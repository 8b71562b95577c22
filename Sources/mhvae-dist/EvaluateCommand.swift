import ArgumentParser
import Communication
import Configuration
import Evaluation
import Storage
import Training

struct EvaluateCommand: RankCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate", abstract: "Estimate the paper's log-likelihoods on the test split.",
    discussion: """
      Importance sampling with K draws a row, rows divided over the ranks. Prints the table beside the paper's and
      writes evaluation.json into the run directory.

      EXAMPLE
        mpirun -np 2 mhvae-dist evaluate --run runs/mnist --data mnist.h5 --samples 500 --limit 2000
      """)

  @OptionGroup
  var trained: TrainedModelOptions

  @Option(help: ArgumentHelp("The dataset the run was trained on.", valueName: "file"))
  var data: String

  @Option(
    help: ArgumentHelp("K, draws a row; the configuration's evaluation.samples if not given.", valueName: "count"))
  var samples: Int?

  @Option(help: ArgumentHelp("Only the first so many test rows.", valueName: "rows"))
  var limit: Int?

  @Option(help: ArgumentHelp("Seed of the draws.", valueName: "number"))
  var seed: UInt64 = 1

  @OptionGroup(title: "Machine")
  var threads: ThreadOptions

  func validate() throws {
    guard (1...Int(UInt32.max)).contains(samples ?? 1) else {
      throw ValidationError("--samples must be from 1 to \(UInt32.max).")
    }
    guard limit ?? 1 >= 1 else { throw ValidationError("--limit must be at least 1.") }
  }

  func run(in world: World) throws {
    threads.apply()
    let start = ContinuousClock.now
    let trained = try self.trained.load(in: world)
    let dataset = try PackedDataset.open(data)
    try trained.check(dataset)
    // Found out now rather than after hours of sampling.
    if world.rank == 0 { _ = try AtomicFile.begin(target: RunDirectory(self.trained.run).evaluationPath) }
    let samples = samples ?? trained.configuration.evaluationSamples
    let evaluator = Evaluator(trained.model, setup: trained.configuration.paperSetup, collectives: world.collectives)
    let progress = world.rank == 0 ? ProgressLine() : nil
    let likelihoods = try evaluator.evaluate(dataset, samples: samples, limit: limit, seed: seed) { done, total in
      progress?.update("evaluating", done: done, total: total)
    }
    guard world.rank == 0 else { return }
    progress?.end()
    let report = EvaluationReport(
      name: trained.configuration.name, family: trained.configuration.model.family.name.rawValue, epoch: trained.epoch,
      dataFingerprint: dataset.fingerprint, split: "test",
      rows: min(limit ?? .max, dataset.rowCount(of: .test)), samples: samples, seed: seed,
      worldSize: world.worldSize, seconds: (ContinuousClock.now - start).seconds, likelihoods: likelihoods)
    try show(report)
  }

  private func show(_ report: EvaluationReport) throws {
    print(
      "\(report.name), \(report.family), epoch \(report.epoch): \(report.rows) test rows, \(report.samples) samples each"
    )
    print(report.table)
    let path = RunDirectory(trained.run).evaluationPath
    try writeAtomically(bytes: try report.json, to: path)
    print("\(report.seconds.formatted(digits: 1)) s on \(report.worldSize) ranks; written to \(path)")
  }
}
