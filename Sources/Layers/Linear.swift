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
    self.memory = memory
  }

  private func matrix(in arena: FloatArena) -> Matrix {
    arena.matrix(rows: outputCount, columns: inputCount, offset: weight.offset)
  }

  func forward(_ x: Matrix, into y: Matrix) { multiply(x, transposed: matrix(in: memory.values), into: y) }

  func backward(_ dy: Matrix, input x: Matrix, inputGradient dx: Matrix?, accumulating: Bool) {
    multiply(transposed: dy, x, into: matrix(in: memory.gradients), accumulating: accumulating)
    if let dx { multiply(dy, matrix(in: memory.values), into: dx) }
  }
}
