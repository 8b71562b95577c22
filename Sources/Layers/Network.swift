package import Configuration
package import Kernels

/// A layer list: the parameters of one trunk, usable by any number of passes.
package struct Network {
  package let inputShape: DataShape
  package let outputShape: DataShape
  let blocks: [Block]
  let memory: ModelMemory

  /// Values of an input row.
  package var inputCount: Int { inputShape.count }
  /// Values of an output row.
  package var outputCount: Int { outputShape.count }
  /// Values of a row that the last layer reads.
  package var lastInputCount: Int { blocks[blocks.count - 1].affine.inputCount }

  /// - Parameters:
  ///   - prefix: the name of its tensors, such as `modality.image.encoder`.
  ///   - input: shape of an input row; an image is channels-last in memory.
  ///   - inputOrder: where the values of an input row lie in files, if `input` does not say it.
  ///   - output: shape its output stands for, if known: a linear layer that ends in an image writes channels last.
  /// - Precondition: the list was validated against `input`.
  package init(
    _ layers: [LayerConfiguration], prefix: String, input: DataShape, inputOrder: [Int]? = nil,
    output: DataShape? = nil, memory: ModelMemory
  ) {
    let shapes = Self.shapes(of: layers, input: input, output: output)
    inputShape = input
    outputShape = shapes.last ?? input
    self.memory = memory
    blocks = layers.indices.compactMap { k in
      let blockInput = k == 0 ? input : shapes[k - 1]
      let parametersBefore = memory.parameters.count
      let block = Block(
        layers[k], prefix: "\(prefix).\(k)", input: blockInput,
        inputOrder: k == 0 ? inputOrder ?? input.memoryOrder : blockInput.memoryOrder, output: shapes[k],
        memory: memory)
      memory.describe(
        "\(k)", of: prefix, layers[k].description, from: blockInput, to: shapes[k], parametersBefore: parametersBefore)
      return block
    }
  }

  /// The shape behind every layer. Flat values that turn into an image next count as that image already.
  private static func shapes(of layers: [LayerConfiguration], input: DataShape, output: DataShape?) -> [DataShape] {
    var shapes: [DataShape] = []
    for layer in layers {
      guard let shape = try? layer.outputShape(from: shapes.last ?? input, path: "") else {
        preconditionFailure("the layer list was not validated")
      }
      if case .reshape = layer.operation, !shapes.isEmpty { shapes[shapes.count - 1] = shape }
      shapes.append(shape)
    }
    if let output, let last = shapes.last {
      precondition(last.count == output.count, "the network ends with \(last), expected \(output)")
      shapes[shapes.count - 1] = output
    }
    return shapes
  }
}

/// What a network computes for one batch: activations of every block, and room for the gradients on the way back.
///
/// Whoever runs the pass says first where its input lies, and before the way back where the gradients do.
package final class NetworkPass {
  /// `[rows, inputShape.count]`.
  package var input: Matrix
  /// dL/d(output), `[rows, outputShape.count]`; the backward pass uses it up.
  package var outputGradient: Matrix
  /// Where dL/d(input) goes; nil where nobody asks.
  package var inputGradient: Matrix?

  let blocks: [BlockPass]
  private let network: Network
  private let gradients: [FloatArena]

  /// - Parameters:
  ///   - rows: the most rows a batch may have.
  ///   - isTrained: whether a backward pass will follow.
  package init(_ network: Network, rows: Int, isTrained: Bool) {
    self.network = network
    input = .empty
    outputGradient = .empty
    blocks = network.blocks.map { BlockPass($0, memory: network.memory, rows: rows) }
    let widest = network.blocks.map { max($0.affine.inputCount, $0.affine.outputCount) }.max() ?? 0
    gradients = isTrained ? (0..<2).map { _ in FloatArena(count: rows * widest) } : []
  }

  /// Whether the way back reads the output again, so that its gradient must lie elsewhere.
  package var needsOutputForBackward: Bool { network.blocks.last.map { !$0.activation.isIdentity } ?? false }

  /// `[rows, outputShape.count]`, valid after a forward pass.
  package func output(_ rows: Int) -> Matrix { blocks[blocks.count - 1].output(rows) }

  /// What the last layer reads, `[rows, width]`, valid after a forward pass.
  package var lastInput: Matrix { input(of: blocks.count - 1) }

  func input(of index: Int) -> Matrix { index == 0 ? input : blocks[index - 1].output(input.rows) }

  /// dL/d(output) of block `index`.
  func outputGradient(of index: Int) -> Matrix {
    index == blocks.count - 1 ? outputGradient : hiddenGradient(of: index + 1)
  }

  /// Where dL/d(input) of block `index` goes.
  func inputGradient(of index: Int) -> Matrix? { index == 0 ? inputGradient : hiddenGradient(of: index) }

  /// dL/d(input) of an inner block: two buffers in turn.
  private func hiddenGradient(of index: Int) -> Matrix {
    gradients[index % 2].matrix(rows: input.rows, columns: network.blocks[index].affine.inputCount)
  }
}
