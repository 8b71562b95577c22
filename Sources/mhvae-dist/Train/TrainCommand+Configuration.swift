import ArgumentParser
import Communication
import Configuration
import ModelProposal
import Models
import Runs
import Storage

extension RateScaling: ExpressibleByArgument {}

extension TrainCommand {
  /// The run's configuration, the same on all ranks: of a new run what the command line says, of an old one what it has
  /// with the changes of the command line. Collective.
  /// - Parameter say: is called on rank 0 with what was decided on the way.
  func configuration(
    of directory: RunDirectory, on world: World, say: (String) -> Void
  ) throws -> RunConfiguration {
    try RunConfiguration.resolved(on: world) {
      if session.resume { return try resumedConfiguration(directory) }
      return session.continues && directory.holdsRun
        ? try continuedConfiguration(directory, say) : try newConfiguration(directory, say)
    }
  }

  private func newConfiguration(_ directory: RunDirectory, _ say: (String) -> Void) throws -> RunConfiguration {
    if !dryRun { try directory.checkIsFree() }
    return try commandLineConfiguration(say)
  }

  private func commandLineConfiguration(_ say: (String) -> Void) throws -> RunConfiguration {
    // Without a preset the file must be complete; an empty document below it makes missing keys show as such.
    let start = try preset.map(source(preset:)) ?? ConfigurationSource(yaml: "{}")
    var source = start
    var configuration = try resolve(&source)
    if let scaleRate {
      let rows = try PackedDataset.open(data).rowCount(of: .train)
      say(try configuration.scaleRate(scaleRate, from: try start.resolve(), rows: rows))
    }
    return configuration
  }

  /// The word for what `propose` writes.
  static let proposedPreset = "auto"

  private func source(preset: String) throws -> ConfigurationSource {
    guard preset == Self.proposedPreset else {
      return try ConfigurationSource(preset: preset, family: family, besides: [Self.proposedPreset])
    }
    return try ConfigurationSource(yaml: try ConfigurationProposal.checkedYAML(for: data, family: family))
  }

  /// The command line says all; what a run must keep has to be what the run has.
  private func continuedConfiguration(
    _ directory: RunDirectory, _ say: (String) -> Void
  ) throws -> RunConfiguration {
    let configuration = try commandLineConfiguration(say)
    let old = try directory.storedConfiguration()
    if let key = configuration.keyThatMustNotDiffer(from: old) {
      throw CommandError("\(key) differs from that of the run in \(directory.path); name another directory with --run")
    }
    return configuration
  }

  private func resumedConfiguration(_ directory: RunDirectory) throws -> RunConfiguration {
    let text = try directory.readConfiguration()
    var source = try ConfigurationSource(stored: text, from: directory.configurationPath)
    let configuration = try resolve(&source)
    let old = try directory.storedConfiguration()
    let presetDiffers = preset.map { $0 != old.name && $0 != Self.proposedPreset } ?? false
    let familyDiffers = family.map { $0 != old.model.family.name } ?? false
    let option = presetDiffers ? "--preset" : familyDiffers ? "--family" : nil
    if let key = option ?? configuration.keyThatMustNotDiffer(from: old) {
      throw CommandError("\(key) differs from the run's; a resumed run must keep it")
    }
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
