internal import Configuration
internal import Kernels

/// `y = x Wᵀ`, W being `[out, in]`.
struct Linear: AffineLayer {
  let inputCount: Int
  let outputCount: Int
  let channelOrder: StorageOrder
  private let weight: TensorSlice
  private let memory: ModelMemory

  var channels: Int { outputCount }
  var fanIn: Int { inputCount }

  init(name: String, inputOrder: [Int], output: DataShape, memory: ModelMemory) {
    (inputCount, outputCount) = (inputOrder.count, output.count)
    channelOrder = StorageOrder(rows: output.memoryOrder)
    weight = memory.parameters.declare(
      "\(name).weight", shape: [outputCount, inputCount],
      order: StorageOrder(rows: output.memoryOrder, columns: inputOrder),
      initialization: .uniform(bound: 1 / Double(inputCount).squareRoot()))
    memory.reserveRoundedScratch(BF16Product.scratchCount(outputs: outputCount, inputs: inputCount))
    self.memory = memory
  }

  private var matrix: WeightMatrix { memory.weight(weight, rows: outputCount, columns: inputCount) }

  func forward(_ x: Matrix, into y: Matrix) { multiply(x, transposed: matrix, into: y) }

  func backward(_ dy: Matrix, input x: Matrix, inputGradient dx: Matrix?, accumulating: Bool) {
    let gradient = memory.gradients.matrix(rows: outputCount, columns: inputCount, offset: weight.offset)
    multiply(transposed: dy, x, into: gradient, accumulating: accumulating, rounding: memory.roundedScratch)
    if let dx { multiply(dy, matrix, into: dx) }
  }
}
