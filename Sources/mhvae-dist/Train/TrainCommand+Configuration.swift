import Communication
import Configuration
import ModelProposal
import Models
import Runs

extension TrainCommand {
  /// The run's configuration, the same on all ranks: of a new run what the command line says, of an old one what it has
  /// with the changes of the command line. Collective.
  func configuration(of directory: RunDirectory, on world: World) throws -> RunConfiguration {
    try RunConfiguration.resolved(on: world) {
      if session.resume { return try resumedConfiguration(directory) }
      return session.continues && directory.holdsRun
        ? try continuedConfiguration(directory) : try newConfiguration(directory)
    }
  }

  private func newConfiguration(_ directory: RunDirectory) throws -> RunConfiguration {
    if !dryRun { try directory.checkIsFree() }
    return try commandLineConfiguration()
  }

  private func commandLineConfiguration() throws -> RunConfiguration {
    // Without a preset the file must be complete; an empty document below it makes missing keys show as such.
    var source = try preset.map(source(preset:)) ?? ConfigurationSource(yaml: "{}")
    return try resolve(&source)
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
  private func continuedConfiguration(_ directory: RunDirectory) throws -> RunConfiguration {
    let configuration = try commandLineConfiguration()
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
