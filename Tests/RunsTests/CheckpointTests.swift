import Foundation
import GradientExchange
import Kernels
import Layers
import Models
import Optimizers
import Runs
import SafeTensors
import SmallModel
import Storage
import TestSupport
import Testing
import Training

struct CheckpointTests {
  private static let state = CheckpointState(
    epoch: 12, step: 1 << 40, seed: 1, configuration: "name: x\nmodel: \"y\"\n", dataFingerprint: "sha256:0",
    best: CheckpointState.Best(epoch: 3, elbo: -123.45600000000002))

  /// A replica whose every float is different, among them some that are easily lost on the way to a file.
  private func filledReplica() throws -> Replica {
    let replica = try smallReplica()
    var count: Float = 0
    for arena in arenas(of: replica) {
      for i in 0..<arena.count {
        count += 1
        arena.base[i] = 1 / count
      }
      arena.base[0] = -0.0
      arena.base[1] = .leastNonzeroMagnitude
      arena.base[2] = .infinity
    }
    return replica
  }

  private func arenas(of replica: Replica) -> [FloatArena] {
    let (memory, moments) = (replica.model.memory, replica.memory)
    return [memory.values, memory.runningStatistics, moments.optimizer.firstMoment, moments.optimizer.secondMoment]
  }

  private func bits(_ arena: FloatArena) -> [UInt32] { arena.buffer.map(\.bitPattern) }

  /// Calls `body` with the path of a checkpoint of `filledReplica`.
  private func withCheckpoint(_ body: (_ path: String) throws -> Void) throws {
    try temporaryDirectory { directory throws in
      let path = directory.appending(path: "c.safetensors").path
      try Checkpoint.write(try filledReplica().state, Self.state, to: path)
      try body(path)
    }
  }

  /// The checkpoint's tensors and metadata, written again with `change` made to them.
  private func rewrite(
    _ path: String, metadata change: (inout [String: String]) -> Void = { _ in },
    tensors keep: (inout [(name: String, shape: [Int], values: [Float])]) -> Void = { _ in }
  ) throws {
    let file = try SafeTensorsFile.read(path: path, requireChecksum: true)
    var metadata = file.metadata
    metadata["checksum"] = nil
    change(&metadata)
    var tensors = try file.tensors.map { (name: $0.name, shape: $0.shape, values: try file.floats(named: $0.name)) }
    keep(&tensors)
    var writer = SafeTensorsWriter(metadata: metadata)
    for tensor in tensors { writer.add(tensor.name, shape: tensor.shape, floats: tensor.values) }
    try writeAtomically(to: path) { try writer.write(to: $0) }
  }

  /// What is said when the checkpoint is read and loaded into a fresh replica.
  private func refusal(_ path: String, sourceLocation: SourceLocation = #_sourceLocation) throws -> String {
    try message(sourceLocation: sourceLocation) {
      let (_, file) = try Checkpoint.read(path: path)
      try Checkpoint.load(file, path: path, into: try smallReplica().state)
    }
  }

  @Test("A replica comes back bit by bit, with its moments, its statistics and its place in training")
  func roundTrip() throws {
    try withCheckpoint { path throws in
      let (state, file) = try Checkpoint.read(path: path)
      #expect(state == Self.state)
      let (original, loaded) = (try filledReplica(), try smallReplica(seed: 2))
      try Checkpoint.load(file, path: path, into: loaded.state)
      for (a, b) in zip(arenas(of: original), arenas(of: loaded)) { #expect(bits(a) == bits(b)) }
      #expect(try original.digest() == loaded.digest())

      let evaluated = try makeModel(original.model.configuration).memory
      try ModelFile.load(file, path: path, into: evaluated)
      #expect(bits(evaluated.values) == bits(original.model.memory.values))
      #expect(bits(evaluated.runningStatistics) == bits(original.model.memory.runningStatistics))
    }
  }

  @Test("A place within an epoch comes back with its sums, to the bit")
  func withinEpoch() throws {
    try withCheckpoint { path throws in
      var state = Self.state
      state.progress = EpochProgress(
        termSums: [-1 / 3, 0, .greatestFiniteMagnitude, .leastNonzeroMagnitude], seconds: 0.1)
      try Checkpoint.write(try filledReplica().state, state, to: path)
      let found = try Checkpoint.read(path: path).state
      #expect(found == state)
      #expect(found.id == .step(1 << 40, inEpoch: 13))
      #expect(Self.state.id == .end(ofEpoch: 12))
    }
  }

  @Test(
    "What the exchange has left over comes back, is left out where nobody wants it, and is zero where it is missing")
  func residuals() throws {
    try temporaryDirectory { directory throws in
      let (with, without) = (directory.appending(path: "with").path, directory.appending(path: "without").path)
      func state(_ replica: Replica, _ residual: FloatArena?) -> StateTensors {
        let state = replica.state
        return StateTensors(
          model: state.model, weights: state.weights, firstMoment: state.firstMoment, secondMoment: state.secondMoment,
          residual: residual)
      }
      let replica = try filledReplica()
      let residual = FloatArena(count: replica.memory.values.count)
      for i in 0..<residual.count { residual.base[i] = 1 / Float(i + 1) }
      try Checkpoint.write(state(replica, residual), Self.state, to: with)
      try Checkpoint.write(replica.state, Self.state, to: without)

      let (withResidual, withoutResidual) = (
        try Checkpoint.read(path: with).file, try Checkpoint.read(path: without).file
      )
      #expect(withResidual.metadata["format_version"] == "4")
      #expect(withoutResidual.metadata["format_version"] == "2")
      let loaded = FloatArena(count: residual.count)
      try Checkpoint.load(withResidual, path: with, into: state(try smallReplica(), loaded))
      #expect(bits(loaded) == bits(residual))
      let plain = try smallReplica()
      try Checkpoint.load(withResidual, path: with, into: plain.state)
      #expect(try plain.digest() == replica.digest())
      try Checkpoint.load(withoutResidual, path: without, into: state(plain, loaded))
      #expect(loaded.buffer.allSatisfy { $0 == 0 })
    }
  }

  @Test("A checkpoint of format version 1 is read")
  func olderVersion() throws {
    try withCheckpoint { path throws in
      try rewrite(path, metadata: { $0["format_version"] = "1" })
      #expect(try Checkpoint.read(path: path).state == Self.state)
    }
  }

  @Test("Tensors lie in the file under their specified names, in the file's order")
  func fileOrder() throws {
    try withCheckpoint { path throws in
      let file = try Checkpoint.read(path: path).file
      let names = file.tensors.map(\.name)
      let memory = try smallReplica().model.memory
      let parameters = memory.parameters.descriptors.map(\.name)
      let moments = ["adam.first_moment.", "adam.second_moment."].flatMap { prefix in parameters.map { prefix + $0 } }
      #expect(Set(names) == Set(parameters + memory.statistics.descriptors.map(\.name) + moments))
      let name = "modality.image.encoder.0.conv.weight"
      #expect(file.tensors.first { $0.name == name }?.shape == [3, 2, 2, 2])
      let descriptor = try #require(memory.parameters.descriptor(named: name))
      let original = try filledReplica()
      let start = UnsafePointer(original.model.memory.value(descriptor.slice))
      let expected = descriptor.order.fileOrder(of: start)
      #expect(try file.floats(named: name) == expected)
      #expect(expected != Array(UnsafeBufferPointer(start: start, count: expected.count)), "nothing is reordered")
    }
  }

  @Test("Without a best epoch there is none after reading")
  func withoutBest() throws {
    try temporaryDirectory { directory throws in
      let path = directory.appending(path: "c.safetensors").path
      var state = Self.state
      state.best = nil
      try Checkpoint.write(try smallReplica().state, state, to: path)
      #expect(try Checkpoint.read(path: path).state == state)
    }
  }

  /// The file has some thousand bytes: every 7th, with another bit each time, and the first and last hundred.
  @Test("A flipped bit anywhere is noticed")
  func flippedBit() throws {
    try withCheckpoint { path throws in
      let original = try Data(contentsOf: URL(filePath: path))
      let places = Set(Array(0..<100) + Array(stride(from: 100, to: original.count, by: 7)))
        .union(original.count - 100..<original.count)
      for place in places {
        var bytes = original
        bytes[place] ^= 1 << UInt8(place % 8)
        try bytes.write(to: URL(filePath: path))
        #expect(try refusal(path).hasPrefix(path), "byte \(place) of \(bytes.count)")
      }
    }
  }

  @Test("A file that was cut short is refused", arguments: [0, 4, 100, -1])
  func truncated(count: Int) throws {
    try withCheckpoint { path throws in
      let bytes = try Data(contentsOf: URL(filePath: path))
      try bytes.prefix(count >= 0 ? count : bytes.count + count).write(to: URL(filePath: path))
      #expect(try refusal(path).hasPrefix(path))
    }
  }

  @Test("There is no such file")
  func missingFile() throws {
    try temporaryDirectory { directory throws in
      let path = directory.appending(path: "none").path
      #expect(try refusal(path).hasPrefix(path))
    }
  }

  @Test(
    "A tensor that is missing is named, be it a weight, a statistic or a moment",
    arguments: [
      "core.encoder.0.linear.bias", "modality.label.encoder.0.norm.running_var",
      "adam.second_moment.core.encoder.0.linear.weight",
    ])
  func missingTensor(name: String) throws {
    try withCheckpoint { path throws in
      try rewrite(path, tensors: { $0.removeAll { $0.name == name } })
      #expect(try refusal(path) == "\(path): tensor \(name) is missing; this file is of another model")
    }
  }

  @Test("A tensor of another shape is named, though it has as many values")
  func wrongShape() throws {
    let name = "modality.image.encoder.1.linear.weight"
    try withCheckpoint { path throws in
      try rewrite(
        path,
        tensors: { tensors in
          for i in tensors.indices where tensors[i].name == name { tensors[i].shape.reverse() }
        })
      #expect(try refusal(path) == "\(path): tensor \(name) has shape [6, 4], the model expects [4, 6]")
    }
  }

  @Test("A tensor that the model does not have is named")
  func extraTensor() throws {
    try withCheckpoint { path throws in
      for name in ["more", "exchange.residual.more"] {
        try rewrite(path, tensors: { $0.append((name, [1], [1])) })
        #expect(try refusal(path) == "\(path): unknown tensor \(name); this checkpoint is of another model")
        try rewrite(path, tensors: { $0.removeLast() })
      }
    }
  }

  @Test("A safetensors file of someone else, and one of another version")
  func foreign() throws {
    try withCheckpoint { path throws in
      try rewrite(path, metadata: { $0["format_version"] = "5" })
      #expect(try refusal(path) == "\(path): checkpoint format version 5, this program reads up to 4")
      try rewrite(path, metadata: { $0 = ["format": "pt"] })
      #expect(try refusal(path) == "\(path) is a safetensors file, but not a checkpoint of mhvae-dist")
    }
  }

  @Test("Metadata that is missing or unreadable is named", arguments: ["epoch", "step", "configuration", "best_elbo"])
  func metadata(key: String) throws {
    try withCheckpoint { path throws in
      try rewrite(path, metadata: { $0[key] = nil })
      #expect(try refusal(path) == "\(path): metadata \(key) is missing or not as expected")
    }
  }

  @Test(
    "Numbers that cannot be counted on from are refused",
    arguments: [
      ("step", "18446744073709551615"), ("step", "9223372036854775808"), ("step", "-1"),
      ("epoch", "-9223372036854775808"), ("epoch", "-1"), ("epoch", "4294967296"), ("best_epoch", "-1"),
    ])
  func metadataOutOfRange(key: String, value: String) throws {
    try withCheckpoint { path throws in
      try rewrite(path, metadata: { $0[key] = value })
      #expect(try refusal(path) == "\(path): metadata \(key) is missing or not as expected")
    }
  }

  @Test("Writing again replaces a checkpoint as a whole and leaves nothing else behind")
  func replacing() throws {
    try withCheckpoint { path throws in
      var state = Self.state
      state.epoch = 13
      try Checkpoint.write(try filledReplica().state, state, to: path)
      #expect(try Checkpoint.read(path: path).state.epoch == 13)
      let folder = URL(filePath: path).deletingLastPathComponent().path
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["c.safetensors"])
    }
  }
}
