package import Communication
internal import Configuration
internal import Evaluation
internal import Foundation
package import GradientExchange
internal import Kernels
internal import Layers
internal import Models
package import Optimizers
internal import Storage
package import Training

/// Runs a fixture's batch, split over the ranks, and compares everything that comes out. Tolerances are those of the
/// specification, section 6.
package final class FixtureCheck {
  private let fixture: Fixture
  private let collectives: any Collectives
  package let replica: Replica
  private let rows: Range<Int>
  package private(set) var comparison = Comparison()

  /// - Parameters:
  ///   - exchange: the plain way by default, because only it leaves the summed gradients on every rank.
  ///   - optimizer: Adam by default, as in the fixtures.
  package init(
    _ fixture: Fixture, collectives: any Collectives, exchange: ExchangeSettings = ExchangeSettings(.allReduce),
    optimizer: OptimizerSettings = OptimizerSettings()
  ) throws {
    let (rank, size) = (collectives.rank, collectives.worldSize)
    rows = fixture.rows * rank / size..<fixture.rows * (rank + 1) / size
    replica = try Replica(
      fixture.configuration, rows: rows.count, draws: fixture.draws, optimizer: optimizer, collectives: collectives,
      exchange: exchange)
    self.fixture = fixture
    self.collectives = collectives
    try load()
  }

  /// Terms, gradients, running statistics, three steps of Adam, log weights.
  package func run() throws {
    let memory = replica.model.memory
    let batch = try RankBatch(fixture, replica.model, rows)
    try replica.computeGradients(batch.batch, weights: fixture.weights)
    try compareTerms()
    try compareTensors("expected/gradients", memory.parameters, memory.gradients) { descriptor, expected in
      if isCancelled(descriptor.name) { return { _ in 1e-4 } }
      let largest = expected.map(abs).max() ?? 0
      return { _ in 5e-4 * largest }
    }
    try compareTensors("expected/buffers", memory.statistics, memory.runningStatistics) { _, expected in
      { 1e-5 * max(1, abs(expected[$0])) }
    }
    try compareThreeSteps()
    try load()
    try compareLogWeights()
  }

  /// How far terms and the gradient are off: each term as a part of itself, the gradient by its Euclidean norm.
  package func relativeErrors() throws -> (terms: [String: Double], gradient: Double) {
    let memory = replica.model.memory
    let batch = try RankBatch(fixture, replica.model, rows)
    try replica.computeGradients(batch.batch, weights: fixture.weights)
    var (terms, square, errorSquare): ([String: Double], Double, Double) = ([:], 0, 0)
    for (name, sum) in zip(replica.model.termNames, replica.termSums) {
      let expected = try fixture.file.readDoubles("expected/terms/\(name)").values[0]
      terms[name] = abs(sum / Double(fixture.rows) - expected) / abs(expected)
    }
    for descriptor in memory.parameters.descriptors {
      let expected = try fixture.file.readDoubles("expected/gradients/\(descriptor.name)").values
      let found = descriptor.order.fileOrder(of: memory.gradient(descriptor.slice)).map(Double.init)
      square += expected.reduce(0) { $0 + $1 * $1 }
      errorSquare += zip(found, expected).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
    }
    return (terms, (errorSquare / square).squareRoot())
  }

  /// Puts enormous numbers into the rounded copy of all that products in bf16 must not read: everything but the
  /// weights of networks.
  package func spoilRoundedHeads() {
    let memory = replica.model.memory
    guard let rounded = memory.rounded else { return }
    for descriptor in memory.parameters.descriptors {
      let isProduct = [".linear.weight", ".conv.weight", ".deconv.weight"].contains { descriptor.name.hasSuffix($0) }
      guard !isProduct else { continue }
      for i in 0..<descriptor.slice.count { rounded.base[descriptor.slice.offset + i] = 0x7f00 }
    }
  }

  /// The same of single precision with weights that are rounded to bf16: what no product in bf16 can do without.
  package func relativeErrorsOfRoundedWeights() throws -> (terms: [String: Double], gradient: Double) {
    let values = replica.model.memory.values
    let rounded = BF16Arena(count: values.count)
    rounded.round(values.base, count: values.count)
    for i in 0..<values.count { values.base[i] = Float(bitPattern: UInt32(rounded.base[i]) << 16) }
    return try relativeErrors()
  }

  /// Three steps of Adam from the fixture's parameters.
  package func takeThreeSteps(clipNorm: Double? = nil) throws {
    try load()
    try takeSteps(3, clipNorm: clipNorm)
  }

  /// So many more.
  package func takeSteps(_ count: Int, clipNorm: Double? = nil) throws {
    let batch = try RankBatch(fixture, replica.model, rows)
    for _ in 0..<count {
      try replica.step(
        batch.batch, weights: fixture.weights, learningRate: Self.learningRate, clipNorm: clipNorm)
    }
  }

  package static let learningRate = 1e-3

  private func load() throws {
    // Ranks may share the parameters: nobody reads or steps them while another still loads.
    try collectives.barrier()
    try loadTensors()
    replica.model.memory.roundWeights()
    try collectives.barrier()
  }

  private func loadTensors() throws {
    let memory = replica.model.memory
    for (group, table, arena) in [
      ("parameters", memory.parameters, memory.values), ("buffers", memory.statistics, memory.runningStatistics),
    ] {
      for descriptor in table.descriptors {
        let (shape, values) = try fixture.file.readDoubles("\(group)/\(descriptor.name)")
        guard shape == descriptor.shape else {
          throw FixtureError("\(descriptor.name) has shape \(descriptor.shape), the fixture \(shape)")
        }
        descriptor.order.load(fileOrder: values.map { Float($0) }, into: arena.base + descriptor.slice.offset)
      }
    }
  }

  private func compareTerms() throws {
    let sums = replica.termSums
    let n = Double(fixture.rows)
    let known = try fixture.file.datasetPaths(under: "expected/terms").count
    let names = replica.model.termNames
    if known != names.count + 1 {
      comparison.note("expected/terms: the fixture has \(known) terms, the model \(names.count) and the loss")
    }
    for (name, sum) in zip(names, sums) { try compareTerm(name, sum / n) }
    try compareTerm("loss", replica.model.loss(terms: UnsafeBufferPointer(sums), weights: fixture.weights) / n)
  }

  private func compareTerm(_ name: String, _ found: Double) throws {
    let expected = try fixture.file.readDoubles("expected/terms/\(name)").values
    comparison.compare("terms/\(name)", [found], expected) { _ in 1e-5 * abs(expected[0]) }
  }

  private func compareTensors(
    _ group: String, _ table: TensorTable, _ arena: FloatArena,
    tolerance: (_ descriptor: TensorDescriptor, _ expected: [Double]) throws -> (Int) -> Double
  ) throws {
    let known = try fixture.file.datasetPaths(under: group).count
    if known != table.descriptors.count {
      comparison.note("\(group): the fixture has \(known) tensors, the model \(table.descriptors.count)")
    }
    for descriptor in table.descriptors {
      let expected = try fixture.file.readDoubles("\(group)/\(descriptor.name)").values
      let found = descriptor.order.fileOrder(of: arena.base + descriptor.slice.offset).map(Double.init)
      comparison.compare(
        "\(group)/\(descriptor.name)", found, expected, tolerance: try tolerance(descriptor, expected))
    }
  }

  /// Adam divides by the gradient's own size: where that is next to nothing, only the size of the steps is sure.
  private func compareThreeSteps() throws {
    let (memory, learningRate) = (replica.model.memory, Self.learningRate)
    try takeThreeSteps()
    let file = try HDF5File.open(fixture.path)
    try compareTensors("expected/adam3", memory.parameters, memory.values) { descriptor, _ in
      let gradients = try file.readDoubles("expected/gradients/\(descriptor.name)").values.map(abs)
      let largest = gradients.max() ?? 0
      let isCancelled = isCancelled(descriptor.name)
      return { isCancelled || gradients[$0] < 1e-4 * largest ? 3 * learningRate : 0.01 * learningRate }
    }
  }

  /// A bias in front of a batch norm has no effect: its true gradient is zero.
  private func isCancelled(_ name: String) -> Bool {
    for operation in [".linear.bias", ".conv.bias", ".deconv.bias"] where name.hasSuffix(operation) {
      return replica.model.memory.parameters.descriptor(named: name.dropLast(operation.count) + ".norm.bias") != nil
    }
    return false
  }

  private func compareLogWeights() throws {
    for index in try fixture.file.memberNames(of: "evaluate").sorted() {
      let group = "evaluate/\(index)"
      let estimate = try LogWeights(fixture, replica.model, group: group, rows: rows)
      let expected = try fixture.file.readDoubles("\(group)/log_weights")
      let draws = expected.shape[1]
      let mine = Array(expected.values[rows.lowerBound * draws..<rows.upperBound * draws])
      compareScores("\(group)/log_weights", estimate.logWeights, mine)
      let means = Array(try fixture.file.readDoubles("\(group)/log_mean_exp").values[rows])
      compareScores("\(group)/log_mean_exp", estimate.logMeanExps, means)
    }
  }

  /// Where the reference multiplied what is absent, not a number, by 0, it knows no figure. Ours must be one.
  private func compareScores(_ name: String, _ found: [Double], _ expected: [Double]) {
    let known = zip(found, expected).map { $1.isNaN && $0.isFinite ? $0 : $1 }
    comparison.compare(name, found, known) { 1e-4 * abs(known[$0]) }
  }
}

extension TensorTable {
  fileprivate func descriptor(named name: Substring) -> TensorDescriptor? { descriptor(named: String(name)) }
}
