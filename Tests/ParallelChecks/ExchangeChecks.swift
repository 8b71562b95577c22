import Communication
import FixtureChecks
import GradientExchange
import Kernels
import Optimizers
import Training

/// Three steps on every fixture: by shared memory, on every way to split the ranks into nodes, as by all-reduce.
func checkExchange(_ world: World, folder: String) throws {
  for (index, path) in try Fixture.paths(in: folder).enumerated() {
    let fixture = try Fixture(path: path)
    let plain = try state(after: fixture, world, ExchangeSettings(.allReduce))
    for (name, settings) in try variants(world, of: index) {
      let found = try state(after: fixture, world, settings)
      try expect(found.warning == nil, "\(name): \(found.warning ?? "")")
      try found.expectEqual(plain, "\(path), \(name)")
    }
    if index == 0 { try checkClipping(fixture, world) }
    for (name, bytes) in [("no rank has room", 1000), ("one rank has no room", world.rank == 0 ? 1000 : Int.max)] {
      var settings = ExchangeSettings()
      settings.sharedBytes = bytes
      let found = try state(after: fixture, world, settings)
      let isWarned = found.warning?.contains("of shared memory (/dev/shm") ?? false
      try expect(isWarned == (world.worldSize > 1), "\(name): \(found.warning ?? "no warning")")
      try expectEqual(found.values, plain.values, "\(path), \(name): values")
    }
  }
  try checkRoundedExchange(world, folder: folder)
  if world.worldSize > 1 { try checkLackOfAllMemory(world) }
  try world.collectives.barrier()
  if world.rank == 0 { print("the ways to exchange agree on \(world.worldSize) ranks") }
}

/// Gradients are clipped alike, and found to be equally long.
private func checkClipping(_ fixture: Fixture, _ world: World) throws {
  let plain = try state(after: fixture, world, ExchangeSettings(.allReduce), clipNorm: 1)
  try expect((plain.gradientNorm ?? 0) > 1, "a norm of \(plain.gradientNorm ?? 0) is not clipped")
  for (name, settings) in try variants(world, of: 0) {
    try state(after: fixture, world, settings, clipNorm: 1).expectEqual(plain, "clipped, \(name)")
  }
}

/// Where there is no shared memory, one host has not the memory for all-reduce either. All ranks throw alike.
private func checkLackOfAllMemory(_ world: World) throws {
  var settings = ExchangeSettings()
  settings.sharedBytes = 1000
  // Of every rank on this node weights, gradients and two moments.
  let enough = 16 * world.worldSize << 20
  settings.availableMemory = enough
  _ = try makeDistributedOptimizer(settings, count: 1 << 20, collectives: world.collectives)
  settings.availableMemory = world.rank == 0 ? enough - 1 : Int.max
  do {
    _ = try makeDistributedOptimizer(settings, count: 1 << 20, collectives: world.collectives)
  } catch let error as ExchangeError {
    return try expect(error.description.contains("more than there are: start fewer ranks"), error.description)
  }
  throw CheckFailure(description: "nobody noticed that there is no memory")
}

/// Nodes that share memory, one behind another, in turn and uneven; small buckets, one bucket; with and without
/// overlap. Splits that are the same on so few ranks come once, and of the kinds of buckets two take turns: every
/// fixture has every split and every kind, and every split has every kind on half of the fixtures.
private func variants(_ world: World, of fixture: Int) throws -> [(name: String, settings: ExchangeSettings)] {
  var settings = ExchangeSettings()
  guard world.collectives is MPICommunicator else { return [("alone", settings)] }
  let splits: [(String, (Int) -> Int)] = [
    ("one node", { _ in 0 }), ("a node each", { $0 }), ("two and the rest", { $0 / 2 }), ("in turn", { $0 % 2 }),
    ("the last alone", { $0 == world.worldSize - 1 ? 1 : 0 }),
  ]
  var variants: [(String, ExchangeSettings)] = [("the machines there are", settings)]
  let buckets = [[(1 << 20, true), (1024, false)], [(1 << 20, false), (96, true)]]
  var seen: Set<[Int]> = []
  for (place, (name, node)) in splits.enumerated() where seen.insert((0..<world.worldSize).map(node)).inserted {
    settings.topology = try NodeTopology(node: node(world.rank), watchdog: world.collectives.watchdog)
    for (bucketSize, overlaps) in buckets[(fixture + place) % 2] {
      (settings.bucketSize, settings.overlaps) = (bucketSize, overlaps)
      variants.append(("\(name), buckets of \(bucketSize), \(overlaps ? "" : "no ")overlap", settings))
    }
  }
  return variants
}

private struct State {
  let values: [Float]
  let firstMoment: [Float]
  let secondMoment: [Float]
  let terms: [Double]
  let gradientNorm: Double?
  let warning: String?

  func expectEqual(_ other: State, _ name: String) throws {
    // Sums of four terms in another order, over three steps: a few roundings of the largest in the tensor's sums.
    try expectClose(firstMoment, other.firstMoment, relativeToLargest: 1e-5, "\(name): first moment")
    try expectClose(secondMoment, other.secondMoment, relativeToLargest: 1e-5, "\(name): second moment")
    let largest = other.firstMoment.map(abs).max() ?? 0
    for i in values.indices {
      // Adam divides by the gradient's own size: where that is next to nothing, only the size of the steps is sure.
      let share: Float = abs(other.firstMoment[i]) < 1e-4 * largest ? 6 : 0.01
      let allowed = share * Float(FixtureCheck.learningRate)
      try expect(
        abs(values[i] - other.values[i]) <= allowed,
        "\(name): value \(i) is \(values[i]), expected \(other.values[i])")
    }
    let (norm, otherNorm) = (gradientNorm ?? -1, other.gradientNorm ?? -1)
    try expect(abs(norm - otherNorm) <= 1e-5 * abs(otherNorm), "\(name): a norm of \(norm), expected \(otherNorm)")
    try expect(terms.count == other.terms.count && values.count == other.values.count, "\(name): the counts differ")
    for (found, expected) in zip(terms, other.terms) {
      try expect(abs(found - expected) <= 1e-5 * abs(expected), "\(name): term \(found), expected \(expected)")
    }
  }

  private func expectClose(_ a: [Float], _ b: [Float], relativeToLargest share: Float, _ name: String) throws {
    let largest = b.map(abs).max() ?? 0
    try expect(a.count == b.count && largest > 0, "\(name): nothing to compare")
    for i in a.indices {
      try expect(abs(a[i] - b[i]) <= share * largest, "\(name)[\(i)] is \(a[i]), expected \(b[i])")
    }
  }
}

/// What three steps leave; the same bits on all ranks.
private func state(
  after fixture: Fixture, _ world: World, _ settings: ExchangeSettings, clipNorm: Double? = nil
) throws -> State {
  let check = try FixtureCheck(fixture, collectives: world.collectives, exchange: settings)
  try check.takeThreeSteps(clipNorm: clipNorm)
  let replica = check.replica
  try world.collectives.agreeOnDigest(replica.digest(), of: "replica state")
  func floats(_ arena: FloatArena) -> [Float] { Array(arena.buffer) }
  let state = State(
    values: floats(replica.memory.values), firstMoment: floats(replica.memory.optimizer.firstMoment),
    secondMoment: floats(replica.memory.optimizer.secondMoment), terms: Array(replica.termSums),
    gradientNorm: replica.gradientNorm,
    warning: replica.warning)
  return state
}

/// Sums over the ranks of a node, longer than the room there is for them, many times over, and counters.
func checkNodeCollectives(_ world: World) throws {
  guard world.collectives is MPICommunicator else { return }
  let nodes = try NodeTopology(watchdog: world.collectives.watchdog)
  try expectEqual(
    [nodes.localRank, nodes.localSize], [world.localRank, world.localSize], "this rank's place on its node")
  try expect((0..<nodes.count).contains(nodes.index), "node \(nodes.index) of \(nodes.count)")
  try expect((1...nodes.localSize).contains(nodes.smallestSize), "the smallest node has \(nodes.smallestSize) ranks")
  try expect((nodes.count == 1) == (nodes.localSize == world.worldSize), "\(nodes.count) nodes")
  let collectives = NodeCollectives(try SharedWindow(nodes, bytes: NodeCollectives.byteCount), nodes)
  for round in 0..<50 {
    // Powers of two between which double precision must round: any other order of additions gives another sum.
    var values = (0..<[20_000, 3, 256, 257, 8193, 40][round % 6]).map { term($0, nodes.localRank) }
    try values.withUnsafeMutableBufferPointer { try collectives.sum($0) }
    let expected = values.indices.map { i in sumInPairs((0..<nodes.localSize).map { term(i, $0) }) }
    try expectEqual(values, expected, "sum \(round)")
    values = [Double](repeating: Double(10 * nodes.localRank + round), count: values.count)
    try values.withUnsafeMutableBufferPointer { try collectives.broadcast($0) }
    try expectEqual(values, [Double](repeating: Double(round), count: values.count), "broadcast \(round)")
    if round % 5 == 0 { try collectives.barrier() }
  }
  collectives.publish(Int64(10 + nodes.localRank))
  try collectives.barrier()
  try expect(collectives.slowestProgress == 10, "the slowest rank is at \(collectives.slowestProgress)")
}

private func term(_ index: Int, _ rank: Int) -> Double {
  Double(index % 100 + 1) * [0x1p53, 1, -0x1p53, 1][rank % 4] + Double(rank)
}

/// Neighbours first, then pairs of neighbours; what has no neighbour waits.
private func sumInPairs(_ terms: [Double]) -> Double {
  guard terms.count > 1 else { return terms[0] }
  return sumInPairs(
    stride(from: 0, to: terms.count, by: 2).map { terms[$0] + ($0 + 1 < terms.count ? terms[$0 + 1] : 0) })
}
