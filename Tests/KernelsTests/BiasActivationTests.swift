import KernelTwins
import Kernels
import Testing

struct BiasActivationTests {
  @Test("y = activation(x + bias), and x + bias stays in x", arguments: awkwardSizes, Activation.all)
  func forward(size: Int, activation: Activation) {
    for (rows, columns) in [(size, 9), (9, size)] {
      let (inputs, bias) = (randomInputs(rows, columns, seed: 1), randomTable(1, columns, seed: 2)[0])
      let (x, y) = (GuardedMatrix(inputs, columns: columns, gap: 3), GuardedMatrix(rows, columns, gap: 1))
      addBias(floats(bias), to: x.view, activation: activation, into: y.view)
      let sums = table(rows, columns) { inputs[$0][$1] + bias[$1] }
      // One addition, and for swish a sigmoid with a relative error below 2.5e-7.
      expectClose(x, sums, tolerance: 0x1p-24, "x")
      expectClose(y, sums.map { $0.map(activation.twin) }, tolerance: 5e-7, "y")
    }
  }

  @Test("Without a bias only the activation acts", arguments: Activation.all)
  func withoutBias(activation: Activation) {
    let inputs = randomInputs(17, 9, seed: 1)
    let x = GuardedMatrix(inputs)
    let y = if case .identity = activation { x } else { GuardedMatrix(17, 9) }
    addBias(nil, to: x.view, activation: activation, into: y.view)
    #expect(x.values == inputs)
    expectClose(y, inputs.map { $0.map(activation.twin) }, tolerance: 5e-7)
  }

  @Test("Going back multiplies by the derivative", arguments: awkwardSizes, Activation.all)
  func backward(size: Int, activation: Activation) {
    for (rows, columns) in [(size, 9), (9, size)] {
      let (inputs, dy) = (randomInputs(rows, columns, seed: 1), randomTable(rows, columns, seed: 2))
      let gradient = GuardedMatrix(dy, columns: columns)
      let values = inputs.map { $0.map(activation.twin) }
      activationBackward(
        activation, at: GuardedMatrix(inputs, columns: columns).view,
        value: GuardedMatrix(values, columns: columns).view, gradient: gradient.view)
      let expected = table(rows, columns) { dy[$0][$1] * activation.twinDerivative(inputs[$0][$1]) }
      // Swish has the largest error: three products with a sigmoid, u up to 6.
      expectClose(gradient, expected, tolerance: 2e-6)
    }
  }

  @Test("At 0 the derivative is that of the left side; huge inputs stay finite")
  func extremes() {
    let inputs = [[0, 1e30, -1e30, 1e4, -1e4]]
    let derivatives: [(Activation, [Double])] = [
      (.identity, [1, 1, 1, 1, 1]), (.leakyReLU, [0.01, 1, 0.01, 1, 0.01]), (.relu, [0, 1, 0, 1, 0]),
      (.swish, [0.5, 1, 0, 1, 0]),
    ]
    for (activation, expected) in derivatives {
      let gradient = GuardedMatrix(1, 5, filledWith: 1)
      let values = inputs.map { $0.map(activation.twin) }
      activationBackward(
        activation, at: GuardedMatrix(inputs).view, value: GuardedMatrix(values).view, gradient: gradient.view)
      expectClose(gradient, [expected], tolerance: 1e-7, "derivative of \(activation)")
      let y = GuardedMatrix(1, 5)
      addBias(floats([0, 0, 0, 0, 0]), to: GuardedMatrix(inputs).view, activation: activation, into: y.view)
      expectClose(y, inputs.map { $0.map(activation.twin) }, tolerance: 2e-7, "value of \(activation)")
    }
  }

  @Test("A bias's gradient is the sum over rows, set or added to", arguments: awkwardSizes, [false, true])
  func gradientOfBias(size: Int, accumulating: Bool) {
    for (rows, columns) in [(size, 9), (9, size)] {
      let dy = randomTable(rows, columns, seed: 1)
      let bias = GuardedMatrix(1, columns, filledWith: 0.5)
      biasGradient(
        GuardedMatrix(dy, columns: columns, gap: 3).view, into: bias.view.base, accumulating: accumulating)
      let expected = (0..<columns).map { c in dy.reduce(accumulating ? 0.5 : 0) { $0 + $1[c] } }
      expectClose(bias, [expected], tolerance: sumTolerance(terms: rows))
    }
  }

  /// As many rows as a batch of images has positions. 0.1 and its multiples round to the same side again and again.
  @Test("A bias's gradient over a quarter of a million rows keeps its digits")
  func longSums() {
    let (rows, columns) = (1 << 18, 131)
    let memory = FloatArena(count: rows)
    memory.base.update(repeating: 0.1, count: rows)
    // One column after another has the same numbers.
    let bias = GuardedMatrix(1, columns)
    biasGradient(
      Matrix(memory.base, rows: rows - columns, columns: columns, stride: 1), into: bias.view.base, accumulating: false)
    let expected = Double(rows - columns) * Double(Float(0.1))
    // The sums of 64 rows are off by 6e-7 of themselves.
    expectClose(bias, [[Double](repeating: expected, count: columns)], tolerance: 1e-6)
    withExtendedLifetime(memory) {}
  }
}
