import ArgumentParser
import CommandOptions
import Communication
import Reporting
import Runs
import Storage

struct ReportCommand: RankCommand {
  static let configuration = CommandConfiguration(
    commandName: "report", abstract: "Make one web page of everything that is known of a run.",
    discussion: """
      Curves, likelihoods, pictures, latent space, machines and configuration, in a file that needs nothing beside it. \
      train and evaluate write it at their end, too. The dataset is looked for where training found it; without it what \
      needs rows is left out, and the page says so.

      EXAMPLES
        mhvae-dist report --run runs/mnist
        mhvae-dist report --run runs/mnist --data mnist.h5 --output mnist.html
      """)

  @Option(help: ArgumentHelp("The run's directory.", valueName: "dir"), completion: .directory)
  var run: String

  @Option(
    help: ArgumentHelp("The dataset it was trained on, if it is no longer where it was.", valueName: "file"),
    completion: .file())
  var data: String?

  @Option(
    help: ArgumentHelp("The file to write; report.html in the run's directory if not said.", valueName: "file"),
    completion: .file())
  var output: String?

  @OptionGroup
  var verbosity: QuietOption

  @OptionGroup(title: "Machine")
  var threads: ThreadOptions

  func run(in world: World) throws {
    threads.apply()
    guard world.rank == 0 else { return }
    guard !isFile(run) else {
      throw CommandError("\(run) is a file with a model; a report needs the directory of a run")
    }
    let path = output ?? RunReport.path(of: run)
    try checkOutput(output, inputs: [data, run], readsEvaluations: true)
    let directory = RunDirectory(run)
    // Both found out now rather than after the work; without a run the file's directory would be what is missing.
    _ = try directory.readConfiguration()
    _ = try AtomicFile.begin(target: path)
    try writeAtomically(bytes: Array(try Report.html(of: directory, data: data).utf8), to: path)
    verbosity.say("report of \(run) written to \(path)")
  }
}
