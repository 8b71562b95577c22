import FixtureChecks
import Kernels
import Layers
import Models
import TestSupport
import Testing

/// A family, and the likelihood of its second modality.
struct SmallFamily: Sendable, CustomTestStringConvertible {
  let family: String
  let vector: String
  var testDescription: String { "\(family), \(vector)" }

  static let all = SmallFamilies.names.flatMap { family in
    SmallFamilies.vectors.map { SmallFamily(family: family, vector: $0) }
  }
}

struct ObjectiveGradientTests {
  /// Not along the gradient itself: a part of it that is wrongly 0 does not show there.
  @Test(
    "The gradient of every tensor agrees with central differences along random directions",
    arguments: SmallFamily.all, 1...3 as ClosedRange<UInt64>)
  func gradients(small: SmallFamily, seed: UInt64) throws {
    let model = try SmallFamilies.model(small.family, vector: small.vector)
    let (rows, weights) = (SmallFamilies.rows, SmallFamilies.weights)
    let pass = model.makeObjectivePass(rows: rows)
    let batch = SmallFamilies.batch(model)
    func loss() throws -> Double {
      try pass.forward(batch, weights: weights, mode: .training, replicas: Alone())
      return model.loss(terms: UnsafeBufferPointer(pass.termSums), weights: weights) / Double(rows)
    }
    _ = try loss()
    try pass.backward(batch, replicas: Alone())
    let (values, gradients) = (model.memory.values, model.memory.gradients.buffer.map(Double.init))
    var numbers = Numbers(seed: seed)
    for tensor in model.memory.parameters.descriptors {
      let range = tensor.slice.offset..<tensor.slice.offset + tensor.slice.count
      let gradient = gradients[range]
      if model.isCancelled(tensor.name) {
        #expect(gradient.allSatisfy { $0 == 0 }, "\(tensor.name) has no effect")
        continue
      }
      let norm = gradient.reduce(0) { $0 + $1 * $1 }.squareRoot()
      #expect(norm > 5e-3, "\(tensor.name): its gradient is too small to be compared")
      // Leaning towards the gradient, so that a long one is not almost at right angles to the direction.
      let leaning = zip(numbers.unitVector(range.count), gradient).map { 0.7 * $0 + $1 / max(norm, 1e-3) }
      let length = leaning.reduce(0) { $0 + $1 * $1 }.squareRoot()
      let direction = leaning.map { $0 / length }
      let start = Array(values.buffer[range])
      func along(_ t: Double) throws -> Double {
        for (i, place) in range.enumerated() { values.base[place] = start[i] + Float(t * direction[i]) }
        return try loss()
      }
      // Small, because a longer one takes units of a leaky ReLU across their kink.
      let step = 1e-3
      let numeric = (try along(step) - along(-step)) / (2 * step)
      _ = try along(0)
      let analytic = zip(gradient, direction).reduce(0) { $0 + $1.0 * $1.1 }
      // Rounding of the loss over the step is 1e-3; the third derivative adds its share.
      #expect(
        abs(numeric - analytic) <= 0.02 * norm + 2e-3, "\(tensor.name): numeric \(numeric), analytic \(analytic)")
    }
  }

  @Test(
    "The backward pass marks every gradient as ready once, when it is final, that of a learned scale too",
    arguments: SmallFamily.all)
  func readiness(small: SmallFamily) throws {
    let model = try SmallFamilies.model(small.family, vector: small.vector)
    let check = try ReadinessCheck(model, SmallFamilies.batch(model), SmallFamilies.weights)
    #expect(check.failures.isEmpty, "\(check.failures.joined(separator: "\n"))")
  }
}

extension Model {
  /// A bias in front of a batch norm, whose true gradient is zero.
  fileprivate func isCancelled(_ name: String) -> Bool {
    for operation in [".linear.bias", ".conv.bias", ".deconv.bias"] where name.hasSuffix(operation) {
      return memory.parameters.descriptor(named: name.dropLast(operation.count) + ".norm.bias") != nil
    }
    return false
  }
}
