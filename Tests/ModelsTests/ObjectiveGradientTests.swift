import Communication
import Configuration
import Kernels
import Layers
import Models
import Testing

/// A world of one replica.
private final class Alone: ReplicaGroup {
  func sum(_ values: UnsafeMutableBufferPointer<Double>) {}
}

/// Whole models that no fixture covers: an encoder that ends in an image, a decoder that ends in an activation or a
/// batch norm, a learned scale.
struct ObjectiveGradientTests {
  private static let model = """
    family: mhvae
    modalities:
      - name: picture
        shape: [2, 4, 4]
        likelihood: bernoulli
        latent: 3
        encoder: [{conv: 3, kernel: 2, stride: 2, activation: swish}]
        decoder: [{linear: 12, activation: swish}, {reshape: [3, 2, 2]}, {deconv: 2, kernel: 2, stride: 2, norm: batch, activation: swish}]
      - name: vector
        shape: [5]
        likelihood: gaussian
        scale: learned
        latent: 2
        encoder: [{linear: 6, norm: batch, activation: leaky_relu}]
        decoder: [{linear: 5, activation: swish}]
    core:
      latent: 3
      encoder: [{linear: 7, norm: batch, activation: swish}]
      generator: [{linear: 6, activation: relu}, {linear: 4, norm: batch}]
    """

  @Test("The gradient of every tensor agrees with central differences along it")
  func gradients() throws {
    let model = try makeModel(ModelConfiguration(yaml: Self.model))
    model.memory.initialize(seed: 5)
    let rows = 12
    let pass = model.makeObjectivePass(rows: rows)
    let batch = Self.batch(model, rows: rows)
    let weights = ObjectiveWeights(reconstruction: [1, 1.5], modality: 0.7, core: 0.4)
    func loss() throws -> Double {
      try pass.forward(batch, weights: weights, mode: .training, replicas: Alone())
      return model.loss(terms: UnsafeBufferPointer(pass.termSums), weights: weights) / Double(rows)
    }
    _ = try loss()
    try pass.backward(batch, replicas: Alone())
    let (values, gradients) = (model.memory.values, Array(model.memory.gradients.buffer))
    var checked = 0
    for tensor in model.memory.parameters.descriptors {
      let range = tensor.slice.offset..<tensor.slice.offset + tensor.slice.count
      let norm = gradients[range].reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
      // Below this rounding of the loss (about 20 nats in single precision) decides the differences.
      guard norm > 1e-2 else { continue }
      checked += 1
      let start = Array(values.buffer[range])
      func along(_ t: Double) throws -> Double {
        for (i, place) in range.enumerated() {
          values.base[place] = start[i] + Float(t * Double(gradients[place]) / norm)
        }
        return try loss()
      }
      let step = 1e-2
      let numeric = (try along(step) - along(-step)) / (2 * step)
      _ = try along(0)
      // Rounding of the loss over the step is 1e-4; the third derivative adds its share, ReLU kinks theirs.
      #expect(abs(numeric - norm) <= 0.02 * norm + 1e-3, "\(tensor.name): numeric \(numeric), analytic \(norm)")
    }
    #expect(checked >= 25, "only \(checked) tensors have a gradient worth comparing")
  }

  private static func batch(_ model: any Model, rows: Int) -> Batch {
    let stream = RandomStream(seed: 9, purpose: .noise)
    func matrix(_ width: Int, part: UInt64, _ change: (Float) -> Float = { $0 }) -> Matrix {
      let matrix = FloatArena(count: rows * width).matrix(rows: rows, columns: width)
      for row in 0..<rows {
        stream.fillNormals(matrix, row: row, at: (step: part, row: UInt32(row)))
        for column in 0..<width { matrix[row, column] = change(matrix[row, column]) }
      }
      return matrix
    }
    let keep = FloatArena(count: rows * 2).matrix(rows: rows, columns: 2)
    for row in 0..<rows {
      keep[row, 0] = row % 3 == 0 ? 0 : 1
      keep[row, 1] = row % 3 == 1 ? 0 : 1
    }
    return Batch(
      rows: BatchRows(local: rows, global: rows),
      inputs: [matrix(32, part: 1) { 1 / (1 + $0 * $0) }, matrix(5, part: 2)], keepMask: keep,
      noise: model.objectiveNoise.enumerated().map { matrix($1.width, part: 3 + UInt64($0)) })
  }
}
