import Configuration
import Kernels
import Layers
import Testing

/// What a pass over some rows leaves behind.
private struct Trace: Sendable {
  var outputs: [[Double]]
  var inputGradients: [[Double]]
  var gradients: [Double]
  var statistics: [Double]

  init(_ network: TestNetwork, _ replicas: any ReplicaGroup) throws {
    try network.forward(.training, replicas)
    outputs = network.passes.indices.map(network.output)
    try network.backward(replicas)
    inputGradients = network.inputGradients.map(\.values)
    gradients = network.memory.gradients.values
    statistics = network.memory.runningStatistics.values
  }

  /// Of all replicas together: rows one after another, gradients summed.
  init(joining parts: [Trace]) {
    self = parts[0]
    for part in parts.dropFirst() {
      for i in outputs.indices {
        outputs[i] += part.outputs[i]
        inputGradients[i] += part.inputGradients[i]
      }
      for i in gradients.indices { gradients[i] += part.gradients[i] }
    }
  }
}

struct SynchronisationTests {
  /// Networks of different depth, side by side: batch norms at depths 0 and 2, and at depth 0 alone.
  private static let lists = [
    """
    [{conv: 3, kernel: 2, norm: batch, activation: swish}, {linear: 6, activation: swish},
     {linear: 4, norm: batch, activation: leaky_relu}, {linear: 2}]
    """,
    "[{linear: 5, norm: batch, activation: leaky_relu}]",
  ]
  private static let input = DataShape.image(channels: 2, height: 3, width: 3)

  private static func whole(_ lists: [String]) throws -> Trace {
    try Trace(try TestNetwork(lists, input: input, part: .whole(9)), Alone())
  }

  private static func parts(cut: Int, synchronised: Bool) throws -> [Trace] {
    try Rendezvous.run(replicas: 2) { replica, sum in
      let rows = replica == 0 ? 0..<cut : cut..<9
      // An unsynchronised batch norm would also divide by its own number of rows.
      let network = try TestNetwork(lists, input: input, part: TestNetwork.Part(rows: rows, of: 9))
      return try Trace(network, synchronised ? sum : Scaled(by: 9 / Double(max(rows.count, 1))))
    }
  }

  @Test("Two replicas together compute what one does with the whole batch", arguments: [5, 1, 8, 9, 0])
  func synchronised(cut: Int) throws {
    let whole = try Self.whole(Self.lists)
    let parts = try Self.parts(cut: cut, synchronised: true)
    // The sums are added in another order, in double precision; the rest is the same arithmetic, row by row.
    let tolerance = 1e-5
    #expect(parts[0].statistics == parts[1].statistics, "the replicas differ")
    for part in parts { expectClose(part.statistics, whole.statistics, tolerance: tolerance, "running statistics") }
    let joined = Trace(joining: parts)
    expectClose(joined.gradients, whole.gradients, tolerance: tolerance, "gradients")
    for i in Self.lists.indices {
      expectClose(joined.outputs[i], whole.outputs[i], tolerance: tolerance, "output \(i)")
      expectClose(joined.inputGradients[i], whole.inputGradients[i], tolerance: tolerance, "input gradient \(i)")
    }
  }

  @Test("Without the exchange they compute something else, so the comparison bites")
  func unsynchronised() throws {
    let whole = try Self.whole(Self.lists)
    let joined = Trace(joining: try Self.parts(cut: 5, synchronised: false))
    func distance(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).map { abs($0 - $1) }.max() ?? 0 }
    #expect(distance(joined.outputs[1], whole.outputs[1]) > 0.1)
    #expect(distance(joined.inputGradients[1], whole.inputGradients[1]) > 0.01)
    #expect(distance(joined.gradients, whole.gradients) > 0.01)
    #expect(distance(joined.statistics, whole.statistics) > 1e-3)
  }

  @Test("Networks of different depth compute in step what they compute alone", arguments: 0..<2)
  func inStep(index: Int) throws {
    let together = try Self.whole(Self.lists)
    // The same names, so the same start: the other network comes first or second, but does not run.
    let alone = try Self.whole(index == 0 ? [Self.lists[0]] : ["[{linear: 1}]", Self.lists[1]])
    #expect(alone.outputs[index] == together.outputs[index])
    #expect(alone.inputGradients[index] == together.inputGradients[index])
  }

  @Test("Batch norms at the same depth share one message; a depth without any sends none")
  func messages() throws {
    let network = try TestNetwork(Self.lists, input: Self.input, part: .whole(9))
    let alone = Alone()
    try network.forward(.training, alone)
    // Two sums a channel, and of each norm the number of values.
    #expect(alone.messages == [2 * (3 + 5) + 2, 2 * 4 + 1])
    try network.backward(alone)
    #expect(alone.messages == [2 * (3 + 5) + 2, 2 * 4 + 1, 2 * 4 + 1, 2 * (3 + 5) + 2])
    try network.forward(.evaluation, alone)
    #expect(alone.messages.count == 4)
  }
}

/// Replicas that do not hear of each other: each takes its own rows for all there are.
private final class Scaled: ReplicaGroup {
  private let factor: Double
  init(by factor: Double) { self.factor = factor }
  func sum(_ values: UnsafeMutableBufferPointer<Double>) {
    for i in values.indices { values[i] *= factor }
  }
}
