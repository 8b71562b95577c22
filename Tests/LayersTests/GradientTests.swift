import Configuration
import Kernels
import Layers
import TestSupport
import Testing

struct GradientTests {
  struct Case: CustomTestStringConvertible {
    let testDescription: String
    let list: String
    let input: DataShape
  }

  static let cases = [
    Case(
      testDescription: "linear, batch norm, leaky ReLU",
      list: "[{linear: 7, norm: batch, activation: leaky_relu}, {linear: 5}]", input: .flat(6)),
    Case(
      testDescription: "linear without bias, ReLU", list: "[{linear: 9, bias: false, activation: relu}, {linear: 3}]",
      input: .flat(6)),
    Case(
      testDescription: "convolution, swish",
      list: "[{conv: 3, kernel: 3, stride: 2, padding: 1, bias: true, activation: swish}]",
      input: .image(channels: 2, height: 6, width: 5)),
    Case(
      testDescription: "convolution, batch norm",
      list: "[{conv: 3, kernel: 4, stride: 2, padding: 1, norm: batch, bias: true}, {conv: 2, kernel: 2}]",
      input: .image(channels: 2, height: 6, width: 6)),
    Case(
      testDescription: "transposed convolution, batch norm, swish",
      list: "[{deconv: 4, kernel: 3, stride: 2, padding: 1, norm: batch, activation: swish}, {deconv: 2, kernel: 2}]",
      input: .image(channels: 3, height: 3, width: 4)),
    Case(
      testDescription: "linear, reshape, transposed convolution",
      list: "[{linear: 12, activation: swish}, {reshape: [3, 2, 2]}, {deconv: 2, kernel: 4, stride: 2, padding: 1}]",
      input: .flat(5)),
    Case(
      testDescription: "linear reading an image", list: "[{conv: 3, kernel: 3, activation: swish}, {linear: 4}]",
      input: .image(channels: 2, height: 5, width: 4)),
  ]

  /// The passes are in single precision. A step of 1e-3 along a direction of length 1 leaves about 2e-4 from rounding
  /// (2⁻²⁴ · √outputs, divided by the step) and less from the third derivative. A larger step would take more units of
  /// a ReLU across their kink.
  private static let step = 1e-3
  /// Ten times that, relative to the length of the gradient, if it is longer than the shortest that is worth comparing.
  /// A wrong gradient is off by its own size.
  private static let tolerance = 2e-3
  private static let shortest = 0.3

  /// Compares the gradient in `arena[range]` with central differences of the loss.
  private func check(
    _ network: TestNetwork, _ name: String, at values: UnsafeMutablePointer<Float>, gradient: [Double], seed: UInt64
  ) throws {
    let length = gradient.reduce(0) { $0 + $1 * $1 }.squareRoot()
    var numbers = Numbers(seed: seed)
    // Leaning towards the gradient, so that a long one is not almost at right angles to the direction.
    let leaning = zip(numbers.unitVector(gradient.count), gradient).map { $0 + $1 / max(length, 1e-3) }
    let norm = leaning.reduce(0) { $0 + $1 * $1 }.squareRoot()
    let direction = leaning.map { $0 / norm }
    let start = gradient.indices.map { values[$0] }
    func along(_ t: Double) throws -> Double {
      for i in start.indices { values[i] = Float(Double(start[i]) + t * direction[i]) }
      return try network.loss()
    }
    let numeric = (try along(Self.step) - along(-Self.step)) / (2 * Self.step)
    for i in start.indices { values[i] = start[i] }
    let analytic = zip(gradient, direction).reduce(0) { $0 + $1.0 * $1.1 }
    #expect(
      abs(numeric - analytic) <= Self.tolerance * max(Self.shortest, length),
      "\(name): numeric \(numeric), analytic \(analytic), seed \(seed)")
  }

  @Test(
    "Gradients of every tensor and of the input agree with central differences",
    arguments: cases, 1...3 as ClosedRange<UInt64>)
  func gradients(_ test: Case, seed: UInt64) throws {
    let network = try TestNetwork([test.list], input: test.input, part: .whole(9), seed: seed)
    try network.forward()
    try network.backward()
    let gradients = network.memory.gradients.values
    let inputGradient = network.inputGradients[0].values
    #expect(!gradients.isEmpty)
    for descriptor in network.memory.parameters.descriptors {
      let range = descriptor.slice.offset..<descriptor.slice.offset + descriptor.slice.count
      try check(
        network, descriptor.name, at: network.memory.value(descriptor.slice), gradient: Array(gradients[range]),
        seed: seed)
    }
    try check(network, "input", at: network.inputs[0].base, gradient: inputGradient, seed: seed)
  }

  @Test("A bias in front of a batch norm has no gradient")
  func cancelledBias() throws {
    let network = try TestNetwork("[{linear: 7, norm: batch}]", input: .flat(6), rows: 9)
    try network.forward()
    try network.backward()
    let bias = try #require(network.memory.parameters.descriptor(named: "n0.0.linear.bias"))
    #expect((0..<7).allSatisfy { network.memory.gradient(bias.slice)[$0] == 0 })
  }

  @Test("Accumulating adds the same gradient again", arguments: cases)
  func accumulating(_ test: Case) throws {
    let network = try TestNetwork(test.list, input: test.input, rows: 9)
    try network.forward()
    try network.backward()
    let once = network.memory.gradients.values
    try network.forward()
    try network.backward(accumulating: true)
    expectClose(network.memory.gradients.values, once.map { 2 * $0 }, tolerance: 1e-5)
    try network.forward()
    try network.backward()
    #expect(network.memory.gradients.values == once)
  }
}
