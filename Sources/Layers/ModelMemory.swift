package import Configuration
package import Kernels

/// Everything a replica remembers: parameters, gradients and running statistics, each in one contiguous arena.
///
/// Layers declare what they need while a model is put together; `allocate` then provides the memory, so that a model
/// can be described without it.
package final class ModelMemory {
  /// Trained tensors.
  package let parameters = TensorTable()
  /// Saved but not trained: the running statistics of batch norms.
  package let statistics = TensorTable()
  /// What declared the parameters, in that order.
  package private(set) var layers: [LayerDescription] = []
  /// Of all batch norms, the fewest positions of a row that one normalises together: 1 behind a linear layer, as many as
  /// pixels behind a convolution; nil without batch norms.
  package private(set) var fewestNormPositions: Int?
  private var scratchCount = 0
  private var roundedScratchCount = 0
  private var isAllocated = false

  package private(set) var values = FloatArena(count: 0)
  package private(set) var gradients = FloatArena(count: 0)
  package private(set) var runningStatistics = FloatArena(count: 0)
  /// Room for the patches of one convolution at a time.
  private(set) var scratch = FloatArena(count: 0)
  /// The weights rounded to bf16, which products of networks then read; nil in single precision.
  package private(set) var rounded: BF16Arena?
  /// Room for the other operands of one bf16 product at a time; nil in single precision.
  private(set) var roundedScratch: BF16Arena?

  package init() {}

  /// Describes the layer that declared all parameters behind the first `before`.
  package func describe(
    _ name: String, of network: String, _ operation: String, from input: DataShape, to output: DataShape,
    parametersBefore before: Int
  ) {
    layers.append(
      LayerDescription(
        network: network, name: name, operation: operation, input: input, output: output,
        parameterCount: parameters.count - before))
  }

  func declareNorm(positions: Int) { fewestNormPositions = min(fewestNormPositions ?? positions, positions) }

  func reserveScratch(_ count: Int) { scratchCount = max(scratchCount, count) }

  func reserveRoundedScratch(_ count: Int) { roundedScratchCount = max(roundedScratchCount, count) }

  /// Provides memory for all that was declared: zeroed, unless it is given.
  /// - Parameters:
  ///   - values: `parameters.count` floats, such as memory shared with other replicas.
  ///   - gradients: as many.
  ///   - runningStatistics: `statistics.count` floats, such as those of another model.
  /// - Precondition: is called once, because passes keep addresses in that memory.
  package func allocate(
    values: FloatArena? = nil, gradients: FloatArena? = nil, runningStatistics: FloatArena? = nil
  ) {
    precondition(!isAllocated, "the memory of a model is allocated twice")
    isAllocated = true
    self.values = values ?? FloatArena(count: parameters.count)
    self.gradients = gradients ?? FloatArena(count: parameters.count)
    precondition(self.values.count == parameters.count && self.gradients.count == parameters.count)
    self.runningStatistics = runningStatistics ?? FloatArena(count: statistics.count)
    precondition(self.runningStatistics.count == statistics.count)
    scratch = FloatArena(count: scratchCount)
  }

  /// From now on products of networks are bf16 products and read their weights from `rounded`. The heads of means and
  /// log-variances, biases, norms and likelihoods stay in single precision.
  /// - Parameter rounded: `parameters.count` numbers. Whoever changes weights keeps them up to date, such as by
  ///   `roundWeights`.
  package func useBF16(_ rounded: BF16Arena) {
    precondition(rounded.count == parameters.count)
    self.rounded = rounded
    roundedScratch = BF16Arena(count: roundedScratchCount)
  }

  /// Brings the rounded weights up to date, if there are any.
  package func roundWeights() { rounded?.round(values.base, count: values.count) }

  /// A weight matrix in the precision of products.
  func weight(_ slice: TensorSlice, rows: Int, columns: Int) -> WeightMatrix {
    let matrix = values.matrix(rows: rows, columns: columns, offset: slice.offset)
    guard let rounded, let roundedScratch else { return WeightMatrix(matrix) }
    return WeightMatrix(matrix, rounded: rounded, offset: slice.offset, scratch: roundedScratch)
  }

  package func value(_ slice: TensorSlice) -> UnsafeMutablePointer<Float> { values.base + slice.offset }
  package func gradient(_ slice: TensorSlice) -> UnsafeMutablePointer<Float> { gradients.base + slice.offset }
  package func statistic(_ slice: TensorSlice) -> UnsafeMutablePointer<Float> { runningStatistics.base + slice.offset }

  /// Starts all tensors anew. A tensor's numbers depend on the seed, its name and the element's place in the file
  /// order, on nothing else.
  package func initialize(seed: UInt64) {
    for descriptor in parameters.descriptors {
      let values = descriptor.initialValues(seed: seed)
      descriptor.order.load(fileOrder: values, into: value(descriptor.slice))
    }
    for descriptor in statistics.descriptors {
      descriptor.order.load(fileOrder: descriptor.initialValues(seed: seed), into: statistic(descriptor.slice))
    }
  }
}

extension TensorDescriptor {
  fileprivate func initialValues(seed: UInt64) -> [Float] {
    switch initialization {
    case .constant(let value):
      return [Float](repeating: value, count: slice.count)
    case .uniform(let bound):
      let stream = RandomStream(seed: seed, purpose: .initialization)
      var values = [Float](repeating: 0, count: slice.count)
      values.withUnsafeMutableBufferPointer {
        stream.fillUniforms($0, bound: Float(bound), step: 0, row: nameHash)
      }
      return values
    }
  }
}
