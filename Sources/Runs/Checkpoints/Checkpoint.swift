internal import Layers
package import SafeTensors
internal import Storage

/// Reading and writing the complete state of a replica as a safetensors file.
///
/// Tensors have the names that `StateTensors` gives them, and the order of files. The metadata holds the
/// `CheckpointState` and a checksum.
package enum Checkpoint {
  /// Writes a checkpoint aside, forces it to the disk and renames it to `path`.
  package static func write(_ tensors: StateTensors, _ state: CheckpointState, to path: String) throws {
    var metadata = state.metadata
    if tensors.averages != nil { metadata["format_version"] = CheckpointState.versionWithAverages }
    if tensors.residual != nil { metadata["format_version"] = CheckpointState.versionWithResidual }
    var writer = SafeTensorsWriter(metadata: metadata)
    tensors.forEachTensor { name, descriptor, memory in
      writer.add(name, shape: descriptor.shape, making: { descriptor.order.fileOrder(of: memory) })
    }
    try writeAtomically(to: path) { descriptor in
      do { try writer.write(to: descriptor) } catch { throw RunError("\(path): \(error)") }
    }
  }

  /// Reads and checks a file: format, version, checksum, metadata.
  package static func read(path: String) throws -> (state: CheckpointState, file: SafeTensorsFile) {
    let file = try SafeTensorsFile.read(path: path, requireChecksum: true)
    return (try CheckpointState(metadata: file.metadata, path: path), file)
  }

  /// Puts a checkpoint's tensors where they belong. A run may go on with another exchange: residuals that nobody wants
  /// are left out, and those that are missing are zero.
  /// - Returns: whether residuals were left out.
  /// - Throws: `RunError` when a tensor is missing, left over or of another shape; `tensors` may then be changed.
  @discardableResult
  package static func load(_ file: SafeTensorsFile, path: String, into tensors: StateTensors) throws -> Bool {
    func isResidual(_ name: String) -> Bool { name.hasPrefix(StateTensors.residualPrefix) }
    let hasResidual = file.tensors.contains { isResidual($0.name) }
    var expected: Set<String> = []
    try tensors.forEachTensor { name, descriptor, memory in
      expected.insert(name)
      if isResidual(name), !hasResidual { return memory.update(repeating: 0, count: descriptor.slice.count) }
      try file.copy(name, descriptor, into: memory, path: path)
    }
    let leavesOut = hasResidual && tensors.residual == nil
    if leavesOut {
      expected.formUnion(tensors.model.parameters.descriptors.map { StateTensors.residualPrefix + $0.name })
    }
    if let extra = file.tensors.first(where: { !expected.contains($0.name) }) {
      throw RunError("\(path): unknown tensor \(extra.name); this checkpoint is of another model")
    }
    return leavesOut
  }
}
