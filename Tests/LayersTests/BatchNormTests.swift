import Configuration
import Kernels
import Layers
import Testing

struct BatchNormTests {
  private let rows = 9
  private let channels = 4

  /// A linear layer with batch norm, and its pre-activations, bias included, in double precision.
  private func normalised() throws -> (network: TestNetwork, preActivations: [[Double]]) {
    let network = try TestNetwork("[{linear: \(channels), norm: batch}]", input: .flat(3), rows: rows)
    let weight = try network.memory.parameter("n0.0.linear.weight")
    let bias = try network.memory.parameter("n0.0.linear.bias")
    let x = network.inputs[0].values
    let preActivations: [[Double]] = (0..<rows).map { r in
      (0..<channels).map { c in
        var sum = bias[c]
        for i in 0..<3 { sum += weight[c * 3 + i] * x[r * 3 + i] }
        return sum
      }
    }
    return (network, preActivations)
  }

  private func column(_ values: [[Double]], _ c: Int) -> (mean: Double, squares: Double) {
    let mean = values.reduce(0) { $0 + $1[c] } / Double(values.count)
    return (mean, values.reduce(0) { $0 + ($1[c] - mean) * ($1[c] - mean) })
  }

  @Test("Training divides by the biased deviation; the running variance is unbiased and the mean has the bias")
  func training() throws {
    let (network, u) = try normalised()
    try network.forward()
    let (gain, shift) = (
      try network.memory.parameter("n0.0.norm.weight"), try network.memory.parameter("n0.0.norm.bias")
    )
    let (means, variances) = (
      try network.memory.statistic("n0.0.norm.running_mean"), try network.memory.statistic("n0.0.norm.running_var")
    )
    var expected = [Double](repeating: 0, count: rows * channels)
    for c in 0..<channels {
      let (mean, squares) = column(u, c)
      for r in 0..<rows {
        let deviation = (squares / Double(rows) + 1e-5).squareRoot()
        expected[r * channels + c] = (u[r][c] - mean) / deviation * gain[c] + shift[c]
      }
      // Momentum 0.1 from 0 and 1.
      expectClose([means[c]], [0.1 * mean], tolerance: 1e-6)
      expectClose([variances[c]], [0.9 + 0.1 * squares / Double(rows - 1)], tolerance: 1e-6)
    }
    expectClose(network.output(), expected, tolerance: 1e-5)
  }

  @Test("Evaluation uses the running statistics and leaves them alone")
  func evaluation() throws {
    let (network, u) = try normalised()
    for _ in 0..<3 { try network.forward() }
    let statistics = network.memory.runningStatistics.values
    let (means, variances) = (
      try network.memory.statistic("n0.0.norm.running_mean"), try network.memory.statistic("n0.0.norm.running_var")
    )
    let (gain, shift) = (
      try network.memory.parameter("n0.0.norm.weight"), try network.memory.parameter("n0.0.norm.bias")
    )
    try network.forward(.evaluation)
    let expected: [Double] = u.flatMap { row in
      (0..<channels).map { c in
        let normalised = (row[c] - means[c]) / (variances[c] + 1e-5).squareRoot()
        return normalised * gain[c] + shift[c]
      }
    }
    expectClose(network.output(), expected, tolerance: 1e-5)
    #expect(network.memory.runningStatistics.values == statistics)
  }
}
