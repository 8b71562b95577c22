internal import Configuration
package import Kernels

/// Two linear heads, mean and log-variance, computed as one matrix product: their weights lie side by side.
package struct GaussianHeads {
  package let inputCount: Int
  package let latent: Int
  private let meanWeight: TensorSlice
  private let meanBias: TensorSlice
  private let memory: ModelMemory
  /// Where all its parameters lie.
  let parameters: Range<Int>

  /// - Parameters:
  ///   - prefix: the name of its tensors, such as `core.posterior`.
  ///   - inputOrder: where the values of the hidden layer they read lie in files (`DataShape.memoryOrder`).
  package init(prefix: String, inputOrder: [Int], latent: Int, memory: ModelMemory) {
    inputCount = inputOrder.count
    self.latent = latent
    self.memory = memory
    let parametersBefore = memory.parameters.count
    let start = Initialization.uniform(bound: 1 / Double(inputOrder.count).squareRoot())
    let rows = Array(0..<latent)
    func declareWeight(_ name: String) -> TensorSlice {
      memory.parameters.declare(
        "\(prefix).\(name).weight", shape: [latent, inputOrder.count],
        order: StorageOrder(rows: rows, columns: inputOrder), initialization: start)
    }
    func declareBias(_ name: String) -> TensorSlice {
      memory.parameters.declare("\(prefix).\(name).bias", shape: [latent], initialization: start)
    }
    meanWeight = declareWeight("mean")
    _ = declareWeight("logvar")
    meanBias = declareBias("mean")
    _ = declareBias("logvar")
    parameters = parametersBefore..<memory.parameters.count
    memory.describe(
      "mean, logvar", of: prefix, "linear \(latent) each", from: .flat(inputCount), to: .flat(2 * latent),
      parametersBefore: parametersBefore)
  }

  private func weights(in arena: FloatArena) -> Matrix {
    arena.matrix(rows: 2 * latent, columns: inputCount, offset: meanWeight.offset)
  }

  /// - Parameters: input `[R, inputCount]`, output `[R, 2 · latent]`: means, then log-variances.
  package func forward(_ input: Matrix, into output: Matrix) {
    multiply(input, transposed: weights(in: memory.values), into: output)
    addBias(memory.value(meanBias), to: output, activation: .identity, into: output)
  }

  /// Gradients of the parameters; adds the input's gradient to `inputGradient`, or sets it.
  package func backward(
    _ gradient: Matrix, input: Matrix, inputGradient: Matrix, addingToInput: Bool
  ) {
    multiply(
      transposed: gradient, input, into: weights(in: memory.gradients), accumulating: false)
    biasGradient(gradient, into: memory.gradient(meanBias), accumulating: false)
    multiply(gradient, weights(in: memory.values), into: inputGradient, accumulating: addingToInput)
  }
}

/// What heads compute for one batch, and the gradient with respect to it.
package final class GaussianPass {
  private let heads: GaussianHeads
  private let outputs: FloatArena
  private let gradients: FloatArena

  package init(_ heads: GaussianHeads, rows: Int) {
    self.heads = heads
    outputs = FloatArena(count: rows * 2 * heads.latent)
    gradients = FloatArena(count: rows * 2 * heads.latent)
  }

  package func distribution(_ rows: Int) -> DiagonalGaussian { split(outputs, rows) }
  package func gradient(_ rows: Int) -> DiagonalGaussian { split(gradients, rows) }

  /// Sets the gradient to zero, where several sources add to it.
  package func clearGradient(_ rows: Int) { gradients.matrix(rows: rows, columns: 2 * heads.latent).fill(0) }

  package func forward(_ input: Matrix) {
    heads.forward(input, into: outputs.matrix(rows: input.rows, columns: 2 * heads.latent))
  }

  /// Takes the gradient that was put into `gradient` back to the parameters and the input.
  /// - Throws: what the exchange with the other replicas throws.
  package func backward(
    input: Matrix, inputGradient: Matrix, addingToInput: Bool, replicas: any ReplicaGroup
  ) throws {
    heads.backward(
      gradients.matrix(rows: input.rows, columns: 2 * heads.latent), input: input, inputGradient: inputGradient,
      addingToInput: addingToInput)
    try replicas.gradientsAreReady(heads.parameters)
  }

  private func split(_ arena: FloatArena, _ rows: Int) -> DiagonalGaussian {
    let both = arena.matrix(rows: rows, columns: 2 * heads.latent)
    return DiagonalGaussian(mean: both.columns(0..<heads.latent), logvar: both.columns(heads.latent..<2 * heads.latent))
  }
}
