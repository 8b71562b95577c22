import ArgumentParser
import Communication
import Evaluation
import Foundation
import Training

struct CompareCommand: RankCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare", abstract: "Print the paper's table with the runs' columns beside the published ones.",
    discussion: """
      The runs must have been evaluated. Means in nats with their standard errors over test rows.

      EXAMPLE
        mhvae-dist compare runs/jmvae runs/mvae runs/mhvae
      """)

  @Argument(help: ArgumentHelp("Directories of runs, or evaluation files.", valueName: "run"))
  var runs: [String]

  func run(in world: World) throws {
    guard world.rank == 0 else { return }
    let reports = try runs.map { (name: $0.lastComponent, report: try report(of: $0)) }
    let comparison = Comparison(reports)
    print(comparison.text)
    for (name, report) in reports {
      print(
        "\(name): \(report.name), \(report.family), epoch \(report.epoch), \(report.rows) rows, "
          + "\(report.samples) samples each")
    }
    for difference in comparison.differences { print("not alike: \(difference)") }
  }

  private func report(of run: String) throws -> EvaluationReport {
    let path = isFile(run) ? run : RunDirectory(run).evaluationPath
    guard let data = FileManager.default.contents(atPath: path) else {
      throw TrainingError("there is no \(path); run mhvae-dist evaluate --run \(run) first")
    }
    do { return try EvaluationReport(json: data) } catch {
      throw TrainingError("\(path) is not an evaluation that this program wrote; run mhvae-dist evaluate again")
    }
  }
}

extension String {
  /// The last part of a path.
  fileprivate var lastComponent: String { split(separator: "/").last.map(String.init) ?? self }
}
