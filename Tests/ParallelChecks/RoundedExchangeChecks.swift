import Communication
import FixtureChecks
import Glibc
import GradientExchange
import Kernels
import Optimizers
import Training

/// Gradients that travel between nodes in bf16.
func checkRoundedExchange(_ world: World, folder: String) throws {
  guard world.collectives is MPICommunicator, world.worldSize > 1 else { return }
  let splits: [(name: String, node: (Int) -> Int)] = [
    ("a node each", { $0 }), ("in turn", { $0 % 2 }), ("the last alone", { $0 == world.worldSize - 1 ? 1 : 0 }),
  ]
  for (name, node) in splits {
    var settings = ExchangeSettings()
    settings.wire = .bf16
    let topology = try NodeTopology(node: node(world.rank), watchdog: world.collectives.watchdog)
    settings.topology = topology
    for (bucketSize, overlaps) in [(96, true), (1 << 20, false)] {
      (settings.bucketSize, settings.overlaps) = (bucketSize, overlaps)
      try checkErrorFeedback(world, topology, settings, "\(name), buckets of \(bucketSize)")
      for path in try Fixture.paths(in: folder).prefix(2) {
        try checkSteps(Fixture(path: path), world, settings, "\(path), \(name), buckets of \(bucketSize)")
      }
    }
  }
}

/// What has been added to weights, and what rounding has left over on all nodes, is the sum of all gradients.
private func checkErrorFeedback(
  _ world: World, _ topology: NodeTopology, _ settings: ExchangeSettings, _ name: String
) throws {
  let count = 5000
  let optimizer = try makeDistributedOptimizer(settings, count: count, collectives: world.collectives)
  try expect(optimizer.warning == nil, "\(name): \(optimizer.warning ?? "")")
  let expected = GradientTraffic(
    parameters: count, nodes: topology.count, localRanks: topology.smallestSize, bucketSize: settings.bucketSize,
    wire: settings.wire)
  var traffic = [Double(optimizer.traffic.messages), Double(optimizer.traffic.bytes)]
  try traffic.withUnsafeMutableBufferPointer { try world.collectives.sum($0) }
  try expectEqual(traffic, [Double(expected.messages), Double(expected.bytes)], "\(name): traffic")
  guard let residual = optimizer.memory.residual else { throw CheckFailure(description: "\(name): no residual") }
  var (exact, applied) = ([Double](repeating: 0, count: count), [Double](repeating: 0, count: count))
  for step in 0..<6 {
    for i in 0..<count {
      optimizer.memory.gradients.base[i] = gradient(i, step: step, rank: world.rank)
      for rank in 0..<world.worldSize { exact[i] += Double(gradient(i, step: step, rank: rank)) }
    }
    _ = try optimizer.finishReduction(measuringNorm: false)
    // The sums lie where local rank 0 had its gradients.
    if topology.localRank == 0 { for i in 0..<count { applied[i] += Double(optimizer.memory.gradients.base[i]) } }
    // In the middle a checkpoint is written: the steps after it must not lose anything either.
    if step % 3 == 2 {
      try expect(residual.buffer.contains { $0 != 0 }, "\(name): nothing was rounded")
      try optimizer.collectResidual()
      if topology.index > 0 { try expect(residual.buffer.allSatisfy { $0 == 0 }, "\(name): a residual stayed") }
      if world.rank == 0 {
        for i in 0..<count {
          let found = applied[i] + Double(residual.base[i])
          let allowed = 1e-5 * scale(i)
          try expect(abs(found - exact[i]) <= allowed, "\(name), step \(step): \(i) is \(found), expected \(exact[i])")
        }
      }
    }
    try optimizer.fence()
  }
}

/// Numbers of very different sizes, with all bits of a float in use.
private func gradient(_ index: Int, step: Int, rank: Int) -> Float {
  Float(scale(index) * sin(Double(index * 7 + step * 1001 + rank * 131)))
}

private func scale(_ index: Int) -> Double { [1, 1e-6, 1e4][index % 3] }

/// Three steps end on all ranks with the same weights, and near those of gradients as floats.
private func checkSteps(_ fixture: Fixture, _ world: World, _ settings: ExchangeSettings, _ name: String) throws {
  func moments(_ settings: ExchangeSettings) throws -> [Float] {
    let check = try FixtureCheck(fixture, collectives: world.collectives, exchange: settings)
    try check.takeThreeSteps()
    try world.collectives.agreeOnDigest(check.replica.digest(), of: "replica state")
    return Array(check.replica.memory.optimizer.firstMoment.buffer)
  }
  let (rounded, plain) = (try moments(settings), try moments(ExchangeSettings(.allReduce)))
  let largest = plain.map(abs).max() ?? 0
  try expect(largest > 0 && rounded != plain, "\(name): nothing was rounded")
  for i in plain.indices {
    // bf16 has eight bits; a few roundings of the largest.
    try expect(abs(rounded[i] - plain[i]) <= 0.02 * largest, "\(name): moment \(i) is \(rounded[i]), not \(plain[i])")
  }
}
