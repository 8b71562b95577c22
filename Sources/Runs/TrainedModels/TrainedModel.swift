package import Communication
package import Configuration
internal import Foundation
internal import Kernels
internal import Layers
package import Models
internal import Storage

/// Which checkpoint of a run is meant.
package enum CheckpointChoice: Equatable, Sendable {
  case last
  case best
  case epoch(Int)
}

/// A model as a checkpoint holds it, on every rank.
package struct TrainedModel {
  package let configuration: RunConfiguration
  package let model: any Model
  /// Epochs completed when it was saved.
  package let epoch: Int
  /// Fingerprint of the data it was trained on.
  package let dataFingerprint: String

  package init(configuration: RunConfiguration, model: any Model, epoch: Int, dataFingerprint: String) {
    (self.configuration, self.model, self.epoch) = (configuration, model, epoch)
    self.dataFingerprint = dataFingerprint
  }

  package var parameterCount: Int { model.memory.parameters.count }

  /// Rank 0 reads the model, the others receive it. Collective.
  /// - Parameters:
  ///   - choice: which of a run's checkpoints; nil for the last.
  ///   - source: the directory of a run, or a file: an exported model or a checkpoint.
  /// - Throws: `RunError` or `SafeTensorsError` when there is none, or it is damaged.
  package static func load(
    _ choice: CheckpointChoice?, of source: String, collectives: any Collectives
  ) throws -> TrainedModel {
    guard collectives.rank == 0 else { return try receive(collectives) }
    let path = try modelPath(choice, of: source)
    let (description, file) = try ModelFile.read(path: path)
    let configuration = try RunConfiguration(stored: description.configuration, in: path)
    let model = try makeModel(configuration.model)
    try ModelFile.load(file, path: path, into: model.memory)
    let trained = TrainedModel(
      configuration: configuration, model: model, epoch: description.epoch,
      dataFingerprint: description.dataFingerprint)
    _ = try collectives.broadcast(text: description.configuration, from: 0)
    _ = try collectives.broadcast(text: "\(description.epoch)", from: 0)
    _ = try collectives.broadcast(text: description.dataFingerprint, from: 0)
    try trained.broadcastTensors(collectives)
    return trained
  }

  private static func modelPath(_ choice: CheckpointChoice?, of source: String) throws -> String {
    guard isFile(source) else { return try RunDirectory(source).path(of: choice ?? .last) }
    guard choice == nil else {
      throw RunError("\(source) is a file and holds one model, not checkpoints to choose from")
    }
    return source
  }

  private static func receive(_ collectives: any Collectives) throws -> TrainedModel {
    let configuration = try RunConfiguration(yaml: try collectives.broadcast(text: "", from: 0))
    let epoch = Int(try collectives.broadcast(text: "", from: 0)) ?? 0
    let dataFingerprint = try collectives.broadcast(text: "", from: 0)
    let trained = TrainedModel(
      configuration: configuration, model: try makeModel(configuration.model), epoch: epoch,
      dataFingerprint: dataFingerprint)
    try trained.broadcastTensors(collectives)
    return trained
  }

  private func broadcastTensors(_ collectives: any Collectives) throws {
    for arena in [model.memory.values, model.memory.runningStatistics] {
      try collectives.broadcast(UnsafeMutableRawBufferPointer(arena.buffer), from: 0)
    }
  }
}

extension RunDirectory {
  /// The file itself, so that messages name its epoch.
  private func target(ofLink path: String) -> String {
    let name = try? FileManager.default.destinationOfSymbolicLink(atPath: path)
    return name.flatMap(CheckpointID.init(fileName:)).map(checkpointPath) ?? path
  }

  fileprivate func path(of choice: CheckpointChoice) throws -> String {
    guard holdsRun else { throw RunError("\(path) holds no run: there is no \(configurationPath)") }
    let checkpoints = try checkpoints()
    switch choice {
    // What the newest name belongs to may be damaged and replaced by an older one when the run goes on.
    case .last where FileManager.default.fileExists(atPath: lastPath): return target(ofLink: lastPath)
    case .last where !checkpoints.isEmpty: return checkpointPath(checkpoints[0])
    case .best where FileManager.default.fileExists(atPath: bestPath): return target(ofLink: bestPath)
    case .best where !checkpoints.isEmpty:
      // The file system has no links.
      let newest = try Checkpoint.read(path: checkpointPath(checkpoints[0])).state
      guard let best = newest.best else { throw RunError("\(path) has no best epoch: it has no validation rows") }
      return try path(of: .epoch(best.epoch))
    case .epoch(let epoch) where checkpoints.contains(.end(ofEpoch: epoch)):
      return checkpointPath(.end(ofEpoch: epoch))
    case _ where checkpoints.isEmpty:
      throw RunError("\(path) has no checkpoint yet; train it further with --resume")
    default:
      let list = try checkpointEpochs().map(String.init).joined(separator: ", ")
      let others = list.isEmpty ? "there is only last, within an epoch" : "there are epochs \(list)"
      throw RunError("\(path) does not have that checkpoint; \(others)")
    }
  }
}
