import Kernels
import Layers
import Models
import TestSupport
import Testing

extension Model {
  /// Expects of every tensor that the gradient which a backward pass has left agrees with central differences of the
  /// loss along one direction.
  /// - Parameters:
  ///   - seed: decides the directions.
  ///   - leaning: directions lean towards the gradient by so much, so that a long one is not almost at right angles.
  ///   - loss: that of the weights as they are.
  ///   - check: tells of every tensor and its gradient whether they are to be compared.
  func expectGradients(
    seed: UInt64, leaning: Double, of loss: () throws -> Double,
    where check: (_ name: String, _ gradient: ArraySlice<Double>) -> Bool = { _, _ in true },
    sourceLocation: SourceLocation = #_sourceLocation
  ) rethrows {
    let (values, gradients) = (memory.values, memory.gradients.buffer.map(Double.init))
    var numbers = Numbers(seed: seed)
    for tensor in memory.parameters.descriptors {
      let range = tensor.slice.offset..<tensor.slice.offset + tensor.slice.count
      let gradient = gradients[range]
      guard check(tensor.name, gradient) else { continue }
      let norm = length(gradient)
      let leant = zip(numbers.unitVector(range.count), gradient).map { $0 + leaning * $1 / max(norm, 1e-3) }
      let direction = leant.map { $0 / length(leant) }
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
        abs(numeric - analytic) <= 0.02 * norm + 2e-3, "\(tensor.name): numeric \(numeric), analytic \(analytic)",
        sourceLocation: sourceLocation)
    }
  }
}

func length(_ vector: some Sequence<Double>) -> Double { vector.reduce(0) { $0 + $1 * $1 }.squareRoot() }
