import FixtureChecks
import Kernels
import Layers
import Models
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
    // 0.7 of the direction and the whole of the gradient.
    try model.expectGradients(seed: seed, leaning: 1 / 0.7, of: loss) { name, gradient in
      guard !model.isCancelled(name) else {
        #expect(gradient.allSatisfy { $0 == 0 }, "\(name) has no effect")
        return false
      }
      #expect(length(gradient) > 5e-3, "\(name): its gradient is too small to be compared")
      return true
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
