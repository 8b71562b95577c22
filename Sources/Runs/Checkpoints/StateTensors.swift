package import Kernels
package import Layers
internal import Models

/// Parameters and running statistics: what a model needs to be used.
package struct WeightTensors {
  package let values: FloatArena
  package let runningStatistics: FloatArena

  package init(_ memory: ModelMemory) { (values, runningStatistics) = (memory.values, memory.runningStatistics) }

  /// Memory for a copy.
  fileprivate init(roomFor other: WeightTensors) {
    values = FloatArena(count: other.values.count)
    runningStatistics = FloatArena(count: other.runningStatistics.count)
  }
}

/// Everything that training changes, under its names in files: the state of a replica, or a copy.
package struct StateTensors {
  package let model: ModelMemory
  package let weights: WeightTensors
  package let firstMoment: FloatArena
  package let secondMoment: FloatArena
  /// Moving averages of the weights, if there are any.
  package let averages: WeightTensors?
  /// What rounding gradients between nodes has lost and the next step adds, if anything is rounded there.
  package let residual: FloatArena?

  package init(
    model: ModelMemory, weights: WeightTensors, firstMoment: FloatArena, secondMoment: FloatArena,
    averages: WeightTensors? = nil, residual: FloatArena? = nil
  ) {
    (self.model, self.weights, self.averages, self.residual) = (model, weights, averages, residual)
    (self.firstMoment, self.secondMoment) = (firstMoment, secondMoment)
  }

  /// What all ranks have alike and those of a node may share: parameters, moments, averages of parameters.
  package var shared: [FloatArena] {
    [weights.values, firstMoment, secondMoment] + [averages?.values].compactMap(\.self)
  }
  /// What all ranks have alike, each for itself: running statistics.
  package var own: [FloatArena] { [weights.runningStatistics] + [averages?.runningStatistics].compactMap(\.self) }
  private var arenas: [FloatArena] { shared + own + [residual].compactMap(\.self) }

  /// What the names of averages begin with.
  static let averagePrefix = "average."
  /// What the names of residuals begin with.
  static let residualPrefix = "exchange.residual."

  /// Parameters and running statistics under their own names; moments, averages and residuals under the same behind a
  /// prefix.
  func forEachTensor(
    _ body: (_ name: String, _ descriptor: TensorDescriptor, _ memory: UnsafeMutablePointer<Float>) throws -> Void
  ) rethrows {
    for (prefix, table, arena) in [
      ("", model.parameters, weights.values), ("", model.statistics, weights.runningStatistics),
      ("adam.first_moment.", model.parameters, firstMoment), ("adam.second_moment.", model.parameters, secondMoment),
      (Self.averagePrefix, model.parameters, averages?.values),
      (Self.averagePrefix, model.statistics, averages?.runningStatistics),
      (Self.residualPrefix, model.parameters, residual),
    ] {
      guard let arena else { continue }
      for descriptor in table.descriptors {
        try body(prefix + descriptor.name, descriptor, arena.base + descriptor.slice.offset)
      }
    }
  }
}

extension StateTensors {
  /// Allocates memory for a copy of another state.
  package init(roomFor other: StateTensors) {
    self.init(
      model: other.model, weights: WeightTensors(roomFor: other.weights),
      firstMoment: FloatArena(count: other.firstMoment.count),
      secondMoment: FloatArena(count: other.secondMoment.count),
      averages: other.averages.map { WeightTensors(roomFor: $0) },
      residual: other.residual.map { FloatArena(count: $0.count) })
  }

  /// Copies the values of a state of the same model.
  package func copy(_ other: StateTensors) {
    for (mine, theirs) in zip(arenas, other.arenas) { mine.base.update(from: theirs.base, count: theirs.count) }
  }
}
