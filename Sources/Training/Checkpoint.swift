internal import Kernels
internal import Layers
internal import Models
package import SafeTensors
internal import Storage

/// What a checkpoint says besides its tensors.
package struct CheckpointState: Equatable, Sendable {
  /// Epochs completed.
  package var epoch: Int
  /// Optimiser steps taken.
  package var step: UInt64
  /// The seed that everything random follows from.
  package var seed: UInt64
  /// The resolved configuration, as YAML.
  package var configuration: String
  /// Fingerprint of the data it was trained on.
  package var dataFingerprint: String
  /// The epoch with the highest validation ELBO so far, and that ELBO; nil without validation rows.
  package var best: Best?

  package struct Best: Equatable, Sendable {
    package var epoch: Int
    package var elbo: Double

    package init(epoch: Int, elbo: Double) { (self.epoch, self.elbo) = (epoch, elbo) }
  }

  package init(
    epoch: Int, step: UInt64, seed: UInt64, configuration: String, dataFingerprint: String, best: Best?
  ) {
    (self.epoch, self.step, self.seed, self.best) = (epoch, step, seed, best)
    (self.configuration, self.dataFingerprint) = (configuration, dataFingerprint)
  }
}

/// Reading and writing the complete state of a replica as a safetensors file.
///
/// Parameters and running statistics lie under their specified names, in file order; moments under the parameter's
/// name behind `adam.first_moment.` and `adam.second_moment.`. The metadata holds the `CheckpointState` and a checksum.
package enum Checkpoint {
  static let format = "mhvae-dist checkpoint"
  static let version = "1"

  /// Writes a checkpoint aside, forces it to the disk and renames it to `path`.
  package static func write(_ replica: Replica, _ state: CheckpointState, to path: String) throws {
    var writer = SafeTensorsWriter(metadata: metadata(of: state))
    forEachTensor(of: replica) { name, descriptor, memory in
      writer.add(name, shape: descriptor.shape, making: { descriptor.order.fileOrder(of: memory) })
    }
    try writeAtomically(to: path) { try writer.write(to: $0) }
  }

  /// Reads and checks a file: format, version, checksum, metadata.
  package static func read(path: String) throws -> (state: CheckpointState, file: SafeTensorsFile) {
    let file = try SafeTensorsFile.read(path: path, requireChecksum: true)
    return (try state(from: file.metadata, path: path), file)
  }

  /// Puts a checkpoint's tensors into a replica.
  /// - Throws: `TrainingError` when a tensor is missing, left over or of another shape; the replica may then be changed.
  package static func load(_ file: SafeTensorsFile, path: String, into replica: Replica) throws {
    var expected: Set<String> = []
    try forEachTensor(of: replica) { name, descriptor, memory in
      expected.insert(name)
      try file.copy(name, descriptor, into: memory, path: path)
    }
    try checkNothingElse(file, expected, path)
  }

  private static func checkNothingElse(_ file: SafeTensorsFile, _ expected: Set<String>, _ path: String) throws {
    if let extra = file.tensors.first(where: { !expected.contains($0.name) }) {
      throw TrainingError("\(path): unknown tensor \(extra.name); this checkpoint is of another model")
    }
  }

  private static func forEachTensor(
    of replica: Replica,
    _ body: (_ name: String, _ descriptor: TensorDescriptor, _ memory: UnsafeMutablePointer<Float>) throws -> Void
  ) rethrows {
    let memory = replica.model.memory
    try memory.forEachTensor { try body($0.name, $0, $1) }
    for (prefix, moments) in [
      ("adam.first_moment.", replica.memory.firstMoment), ("adam.second_moment.", replica.memory.secondMoment),
    ] {
      for descriptor in memory.parameters.descriptors {
        try body(prefix + descriptor.name, descriptor, moments.base + descriptor.slice.offset)
      }
    }
  }
}

// The metadata of safetensors files are strings.
extension Checkpoint {
  private static func metadata(of state: CheckpointState) -> [String: String] {
    var metadata = [
      "format": format, "format_version": version, "epoch": "\(state.epoch)", "step": "\(state.step)",
      "seed": "\(state.seed)",
      "configuration": state.configuration, "data_fingerprint": state.dataFingerprint,
    ]
    if let best = state.best {
      metadata["best_epoch"] = "\(best.epoch)"
      metadata["best_elbo"] = "\(best.elbo)"
    }
    return metadata
  }

  private static func state(from metadata: [String: String], path: String) throws -> CheckpointState {
    guard metadata["format"] == format else {
      throw TrainingError("\(path) is a safetensors file, but not a checkpoint of mhvae-dist")
    }
    guard metadata["format_version"] == version else {
      let found = metadata["format_version"] ?? "none"
      throw TrainingError("\(path): checkpoint format version \(found), this program reads \(version)")
    }
    func value<Value>(_ key: String, _ parse: (String) -> Value?) throws -> Value {
      guard let text = metadata[key], let value = parse(text) else {
        throw TrainingError("\(path): metadata \(key) is missing or not as expected")
      }
      return value
    }
    var best: CheckpointState.Best?
    if metadata["best_epoch"] != nil {
      best = CheckpointState.Best(
        epoch: try value("best_epoch") { Int($0) }, elbo: try value("best_elbo") { Double($0) })
    }
    return CheckpointState(
      epoch: try value("epoch") { Int($0) }, step: try value("step") { UInt64($0) },
      seed: try value("seed") { UInt64($0) },
      configuration: try value("configuration") { $0 }, dataFingerprint: try value("data_fingerprint") { $0 },
      best: best)
  }
}
