internal import Kernels
internal import Layers
package import Models

/// Records which gradients a backward pass marks as ready, and what they were then.
package final class ReadinessCheck: ReplicaGroup {
  private let memory: ModelMemory
  private var marked: [(range: Range<Int>, gradients: [Float])] = []
  package private(set) var failures: [String] = []

  /// Runs a fixture's batch forth and back.
  package convenience init(_ fixture: Fixture) throws {
    let model = try makeModel(fixture.configuration)
    model.memory.initialize(seed: 1)
    let batch = try RankBatch(fixture, model, 0..<fixture.rows)
    try self.init(model, batch.batch, fixture.weights, draws: fixture.draws)
  }

  /// Runs a batch forth and back.
  package init(_ model: any Model, _ batch: Batch, _ weights: ObjectiveWeights, draws: Int = 1) throws {
    memory = model.memory
    let pass = model.makeObjectivePass(rows: batch.rows.local, draws: draws)
    try pass.forward(batch, weights: weights, mode: .training, replicas: self)
    try pass.backward(batch, replicas: self)
    check()
  }

  package func sum(_ values: UnsafeMutableBufferPointer<Double>) {}

  package func gradientsAreReady(_ range: Range<Int>) {
    marked.append((range, Array(memory.gradients.buffer[range])))
  }

  private func check() {
    var isMarked = [Bool](repeating: false, count: memory.parameters.count)
    for (range, gradients) in marked {
      if isMarked[range].contains(true) { failures.append("\(range) is marked twice") }
      for i in range { isMarked[i] = true }
      if gradients != Array(memory.gradients.buffer[range]) { failures.append("\(range) changed afterwards") }
    }
    for descriptor in memory.parameters.descriptors {
      let slice = descriptor.slice
      if isMarked[slice.offset..<slice.offset + slice.count].contains(false) {
        failures.append("\(descriptor.name) is not marked")
      }
    }
  }
}
