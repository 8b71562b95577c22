package import Kernels
package import Layers
internal import Models

/// Everything that training changes, under its names in files: the state of a replica, or a copy.
package struct StateTensors {
  package let model: ModelMemory
  package let values: FloatArena
  package let firstMoment: FloatArena
  package let secondMoment: FloatArena
  package let runningStatistics: FloatArena

  package init(
    model: ModelMemory, values: FloatArena, firstMoment: FloatArena, secondMoment: FloatArena,
    runningStatistics: FloatArena
  ) {
    (self.model, self.values, self.runningStatistics) = (model, values, runningStatistics)
    (self.firstMoment, self.secondMoment) = (firstMoment, secondMoment)
  }

  package var arenas: [FloatArena] { [values, firstMoment, secondMoment, runningStatistics] }

  /// Parameters and running statistics under their own names, moments under the parameter's behind a prefix.
  func forEachTensor(
    _ body: (_ name: String, _ descriptor: TensorDescriptor, _ memory: UnsafeMutablePointer<Float>) throws -> Void
  ) rethrows {
    for (prefix, table, arena) in [
      ("", model.parameters, values), ("", model.statistics, runningStatistics),
      ("adam.first_moment.", model.parameters, firstMoment), ("adam.second_moment.", model.parameters, secondMoment),
    ] {
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
      model: other.model, values: FloatArena(count: other.values.count),
      firstMoment: FloatArena(count: other.firstMoment.count),
      secondMoment: FloatArena(count: other.secondMoment.count),
      runningStatistics: FloatArena(count: other.runningStatistics.count))
  }

  /// Copies the values of a state of the same model.
  package func copy(_ other: StateTensors) {
    for (mine, theirs) in zip(arenas, other.arenas) { mine.base.update(from: theirs.base, count: theirs.count) }
  }
}
