import Configuration
import Foundation
import Kernels
import Optimizers
import Testing

/// Against torch.optim in double precision; see `PyTorchTables`.
struct OptimizerTests {
  struct Case: CustomStringConvertible {
    let name: String
    var settings = OptimizerSettings()
    var clipNorm: Double?

    var description: String { name }

    init(_ name: String, clipNorm: Double? = nil, _ change: (inout OptimizerSettings) -> Void) {
      (self.name, self.clipNorm) = (name, clipNorm)
      change(&settings)
    }
  }

  static let cases = [
    Case("adam") { _ in },
    Case("adam, other constants") {
      ($0.optimizer.beta1, $0.optimizer.beta2, $0.optimizer.epsilon) = (0.8, 0.95, 1e-3)
    },
    Case("adamw") { ($0.optimizer.name, $0.optimizer.weightDecay) = (.adamw, 0.1) },
    Case("adamax") { $0.optimizer.name = .adamax },
    Case("adam, clipped", clipNorm: 3) { _ in },
    Case("adamax, clipped", clipNorm: 3) { $0.optimizer.name = .adamax },
    Case("adam, averaged") { $0.averageDecay = 0.9 },
    Case("adam, averaged with a short memory") { $0.averageDecay = 0.3 },
  ]

  /// The gradient is given as the sum of two runs: each one rounds.
  @Test("20 steps leave PyTorch's values and averages", arguments: cases)
  func steps(_ given: Case) throws {
    let expected = try #require(PyTorchTables.steps[given.name])
    let count = expected.values.count
    let optimizer = Optimizer(count: count, given.settings)
    let values = FloatArena(count: count)
    let halves = [FloatArena(count: count), FloatArena(count: count)]
    for i in 0..<count {
      values.base[i] = Float(sin(1 + 0.7 * Double(i)))
      optimizer.state.average?.base[i] = values.base[i]
    }
    for step in 0..<20 {
      var total = 0.0
      for i in 0..<count {
        let gradient = cos(0.3 * Double(step) + 1.1 * Double(i)) * [0.1, 1, 10][i % 3]
        halves[0].base[i] = Float(0.25 * gradient)
        halves[1].base[i] = Float(0.75 * gradient)
        total += gradient * gradient
      }
      let scale = given.clipNorm.map { min(1, $0 / total.squareRoot()) } ?? 1
      halves.map(\.base).withUnsafeBufferPointer {
        optimizer.update(
          0..<count, OptimizerStep(number: UInt64(step + 1), learningRate: 0.01, gradientScale: scale), values: values,
          gradients: $0)
      }
    }
    for i in 0..<count {
      // 20 steps of at most 0.01 each round the value, and their sizes are right to a few roundings.
      #expect(abs(Double(values.base[i]) - expected.values[i]) < 20 * 0x1p-24, "\(i): \(values.base[i])")
      guard let average = optimizer.state.average else { continue }
      #expect(abs(Double(average.base[i]) - expected.averages[i]) < 20 * 0x1p-24, "average \(i): \(average.base[i])")
    }
  }

  @Test("An average that has arrived stays, however long its memory", arguments: [0.999, 0.999_999])
  func fixedPoint(decay: Double) {
    let values = [Float](repeating: 0.7, count: 9)
    var averages = values
    for _ in 0..<1000 { updateMovingAverage(&averages, of: values, count: 9, decay: decay) }
    #expect(averages == values)
  }

  @Test("Only the range that is asked for is touched")
  func range() {
    var settings = OptimizerSettings()
    settings.averageDecay = 0.5
    let optimizer = Optimizer(count: 40, settings)
    let (values, gradients) = (FloatArena(count: 40), FloatArena(count: 40))
    gradients.buffer.update(repeating: 1)
    [gradients.base].withUnsafeBufferPointer {
      optimizer.update(16..<32, OptimizerStep(number: 1, learningRate: 0.1), values: values, gradients: $0)
    }
    for arena in [values, optimizer.state.average!] + [optimizer.state.firstMoment, optimizer.state.secondMoment] {
      for i in 0..<40 { #expect((arena.base[i] != 0) == (16..<32).contains(i), "\(i)") }
    }
  }
}
