import ArgumentParser
import CommandOptions
import Communication
import Configuration
import Console
import Foundation
import GradientExchange
import Layers
import Machine
import Models
import Optimizers
import Storage
import Training

struct DoctorCommand: RankCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor", abstract: "Show what the ranks of a job have, and warn of what will hurt.",
    discussion: """
      Start it as training would be started. Warnings say what to do; they do not change the exit status.

      EXAMPLES
        mpirun -np 2 mhvae-dist doctor
        mpirun --hostfile hosts --bind-to core mhvae-dist doctor --preset mnist \\
            --data mnist.h5 --run runs/first
      """)

  @Option(
    help: "Check for one preset instead of all: \(Presets.names.joined(separator: ", ")).",
    completion: .list(Presets.names))
  var preset: String?

  @Option(
    help: "Which family of models the preset is for, if not the set-up's own.", completion: .list(FamilyName.allKnown))
  var family: FamilyName?

  @Option(
    help: ArgumentHelp("Also check that every rank can read this dataset.", valueName: "file"), completion: .file())
  var data: String?

  @Option(help: ArgumentHelp("Also check that rank 0 can write there.", valueName: "dir"), completion: .directory)
  var run: String?

  @OptionGroup
  var form: ResultOptions

  @OptionGroup(title: "Configuration")
  var changes: ConfigurationOptions

  @OptionGroup(title: "Machine")
  var threads: ThreadOptions

  @OptionGroup(title: "Machine")
  var stalls: StallOptions

  @OptionGroup(title: "Machine")
  var exchange: ExchangeOptions

  func run(in world: World) throws {
    stalls.apply(in: world)
    threads.apply()
    let topology = try world.collectives.findNodes()
    let refusal = try world.collectives.singleCopyRefusal(topology)
    let ranks = try world.survey(topology) { facts in
      facts.singleCopyRefusal = refusal
      facts.host.leftoverSharedMemory = SharedLeftovers.bytes()
      facts.host.temporaryDirectory = ProcessInfo.processInfo.environment["TMPDIR"]
      checkFiles(&facts)
    }
    guard world.rank == 0 else { return }
    let environment = ProcessInfo.processInfo.environment
    let (needs, problems) = try needs(in: world)
    let found = findings(
      ranks, needs: needs,
      singleCopyIsOff: environment["OMPI_MCA_btl_vader_single_copy_mechanism"] == "none"
        || environment["OMPI_MCA_smsc"]?.contains("^cma") == true)
    let report = MachineReport(ranks, findings: found + problems, needs: needs)
    try printResult(form.result(report, text: report.text))
  }

  /// What the models in question need, and why one of them cannot be trained on so many ranks.
  private func needs(in world: World) throws -> ([ModelNeed], [Finding]) {
    let names = preset.map { [$0] } ?? (changes.config == nil ? Presets.names : [])
    let sources = try names.map { ($0, try ConfigurationSource(preset: $0, family: family)) }
    let whole = names.isEmpty ? [(changes.config ?? "", try ConfigurationSource(yaml: "{}"))] : []
    var (needs, problems): ([ModelNeed], [Finding]) = ([], [])
    for (name, source) in sources + whole {
      var source = source
      try changes.apply(to: &source)
      let configuration = try source.resolve()
      // All presets do not fit one dataset.
      let data = preset == nil && changes.config == nil ? nil : data
      do {
        needs.append(try ModelNeed(name, configuration, data: data, exchange.settings, in: world))
      } catch {
        problems.append(Finding(.configuration, "\(name): \(error)", advice: "training would end with this error"))
      }
    }
    return (needs, problems)
  }

  /// Whether this rank can use the files that training would.
  private func checkFiles(_ facts: inout RankFacts) {
    if let data {
      do { _ = try PackedDataset.open(data) } catch { facts.fileProblems.append("\(error)") }
      let locking = ProcessInfo.processInfo.environment["HDF5_USE_FILE_LOCKING"]
      if locking != "FALSE" { facts.lockless = FileSystem(holding: data) }
    }
    if let run, facts.rank == 0 {
      do { _ = try AtomicFile.begin(target: "\(existingFolder(run))/doctor") } catch {
        facts.fileProblems.append("\(error)")
      }
    }
  }

  /// The run's directory, or the nearest one above it that is there.
  private func existingFolder(_ path: String) -> String {
    var url = URL(filePath: path, directoryHint: .isDirectory).standardizedFileURL
    while !FileManager.default.fileExists(atPath: url.path), url.path != "/" { url.deleteLastPathComponent() }
    return url.path
  }
}

extension ModelNeed {
  /// - Parameter data: the dataset to be trained on, if it is known; without it the memory of a rank is not.
  fileprivate init(
    _ name: String, _ configuration: RunConfiguration, data: String?, _ exchange: ExchangeSettings, in world: World
  ) throws {
    let parameters = try describeModel(configuration.model).memory.parameters.count
    let summary = try data.map { data in
      try RunSummary(
        configuration, dataset: try PackedDataset.open(data), worldSize: world.worldSize, hosts: world.hostCount,
        shardMemory: 4096 << 20, exchange: exchange)
    }
    let isShared = exchange.method == .shared
    let (settings, wire) = (configuration.training.optimizerSettings, world.hostCount > 1 ? exchange.wire : .f32)
    self.init(
      name: name,
      sharedMemory: {
        isShared ? sharedMemorySize(parameters: parameters, settings, wire, ranks: $0) : 0
      },
      rankMemory: summary.map { $0.memory.map(\.bytes).reduce(0, +) })
  }
}
