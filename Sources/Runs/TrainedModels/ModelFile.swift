internal import Configuration
internal import Foundation
internal import Kernels
package import Layers
internal import Models
package import SafeTensors
internal import Storage

/// A trained model to be handed on: parameters and running statistics under their specified names, as a safetensors
/// file. The metadata says how the model is built (`configuration`), what it was trained on and for how long.
///
/// There is no checksum: other programs change tensors and keep the metadata.
package enum ModelFile {
  static let format = "mhvae-dist model"
  static let version = "1"

  /// What is needed to build and judge the model.
  struct Description {
    var configuration: String
    var epoch: Int
    var dataFingerprint: String
  }

  /// Writes the model, entirely or not at all.
  /// - Throws: `StorageError` or `SafeTensorsError` when the file cannot be written.
  package static func write(_ trained: TrainedModel, to path: String) throws {
    var writer = SafeTensorsWriter(
      metadata: [
        "format": format, "format_version": version, "epoch": "\(trained.epoch)",
        "configuration": try trained.configuration.yaml, "data_fingerprint": trained.dataFingerprint,
      ], withChecksum: false)
    trained.model.memory.forEachTensor { descriptor, memory in
      writer.add(descriptor.name, shape: descriptor.shape, making: { descriptor.order.fileOrder(of: memory) })
    }
    try writeAtomically(to: path) { try writer.write(to: $0) }
  }

  /// Reads an exported model, or the model in a checkpoint.
  /// - Throws: `RunError` or `SafeTensorsError` when it is neither, or damaged.
  static func read(path: String) throws -> (description: Description, file: SafeTensorsFile) {
    let file = try SafeTensorsFile.read(path: path) { metadata in
      try checkFormat(metadata, path: path)
      return isCheckpoint(metadata)
    }
    return (try description(file.metadata, path: path), file)
  }

  private static func isCheckpoint(_ metadata: [String: String]) -> Bool {
    metadata["format"] == CheckpointState.format
  }

  private static func checkFormat(_ metadata: [String: String], path: String) throws(RunError) {
    guard isCheckpoint(metadata) || metadata["format"] == format else {
      throw RunError(
        "\(path): its metadata do not say that it is a checkpoint or an export of mhvae-dist; a file made from an "
          + "export must keep the export's metadata")
    }
  }

  private static func description(_ metadata: [String: String], path: String) throws -> Description {
    if isCheckpoint(metadata) {
      let state = try CheckpointState(metadata: metadata, path: path)
      return Description(
        configuration: state.configuration, epoch: state.epoch, dataFingerprint: state.dataFingerprint)
    }
    guard metadata["format_version"] == version else {
      let found = metadata["format_version"] ?? "none"
      throw RunError("\(path): model format version \(found), this program reads \(version)")
    }
    guard let configuration = metadata["configuration"], let fingerprint = metadata["data_fingerprint"],
      let epoch = metadata["epoch"].flatMap(CheckpointState.epoch)
    else {
      throw RunError(
        "\(path): its metadata lack configuration, data_fingerprint or epoch; keep those of the exported file")
    }
    return Description(configuration: configuration, epoch: epoch, dataFingerprint: fingerprint)
  }

  /// Puts parameters and running statistics into a model, their moving averages where a checkpoint has them, and nothing
  /// else that the file may hold.
  /// - Throws: `RunError` when a tensor is missing or of another shape; `memory` may then be changed.
  package static func load(_ file: SafeTensorsFile, path: String, into memory: ModelMemory) throws {
    let prefix =
      file.tensors.contains { $0.name.hasPrefix(StateTensors.averagePrefix) } ? StateTensors.averagePrefix : ""
    try memory.forEachTensor { descriptor, memory in
      try file.copy(prefix + descriptor.name, descriptor, into: memory, path: path)
    }
  }
}

extension ModelMemory {
  /// Calls `body` with every parameter, then every running statistic.
  func forEachTensor(
    _ body: (_ descriptor: TensorDescriptor, _ memory: UnsafeMutablePointer<Float>) throws -> Void
  ) rethrows {
    for (table, arena) in [(parameters, values), (statistics, runningStatistics)] {
      for descriptor in table.descriptors { try body(descriptor, arena.base + descriptor.slice.offset) }
    }
  }
}

extension SafeTensorsFile {
  /// Copies one tensor from the file's order to that of memory.
  func copy(
    _ name: String, _ descriptor: TensorDescriptor, into memory: UnsafeMutablePointer<Float>, path: String
  ) throws {
    guard let tensor = tensor(named: name) else {
      throw RunError("\(path): tensor \(name) is missing; this file is of another model")
    }
    guard tensor.shape == descriptor.shape else {
      throw RunError("\(path): tensor \(name) has shape \(tensor.shape), the model expects \(descriptor.shape)")
    }
    descriptor.order.load(fileOrder: try floats(named: name), into: memory)
  }
}
