import Communication
import FixtureChecks
import Glibc
import GradientExchange
import Kernels
import Layers
import Models
import Optimizers
import Training

/// Checks that only mean something on several ranks. Run under `mpirun`; exits with 0 when all hold on all ranks.
///
///     parallel-checks [fixtures FOLDER | exchange FOLDER | node | micro-batches | allocations | fail-one | fail-late |
///     fail-all |
///       fail-differently | fail-after-print | truncate | differ | diverge |
///       diverge-later WHAT | stall WAY]
World.run(name: "parallel-checks") { world in
  switch CommandLine.arguments.dropFirst().first {
  case nil: try checkAll(world)
  case "fixtures": try checkFixtures(world, folder: CommandLine.arguments.dropFirst(2).first ?? Fixture.folder)
  case "exchange": try checkExchange(world, folder: CommandLine.arguments.dropFirst(2).first ?? Fixture.folder)
  case "micro-batches": try checkMicroBatches(world)
  case "node": try checkNodeCollectives(world)
  case "allocations": try checkAllocations(world)
  case "fail-one": try failOnLastRank(world)
  case "fail-late": try failOnFirstRankAfterLast(world)
  case "fail-all": throw CheckFailure(description: "the same on all ranks")
  case "fail-differently": throw CheckFailure(description: "problem number \(min(world.rank, 1))")
  case "fail-after-print":
    print("waits in a buffer")
    throw CheckFailure(description: "nobody reads")
  case "truncate": try truncateMessage(world)
  case "differ": try holdAnotherDigestOnLastRank(world)
  case "stall": try stall(world, CommandLine.arguments.dropFirst(2).first)
  case "diverge-later": try changeOneBitBeforeStepFour(world, CommandLine.arguments.dropFirst(2).first)
  case "diverge": try changeOneParameterOnLastRank(world)
  case let mode?: throw CheckFailure(description: "unknown mode \(mode)")
  }
}

private func checkAll(_ world: World) throws {
  try checkRankNumbers(world)
  try checkCollectives(world.collectives, largest: 2_000_003)
  if world.collectives is MPICommunicator {
    // Chunks of 1000 elements take the path of buffers beyond MPI's 32-bit counts. A few chunks will do: where ranks
    // share cores with other work, every message can cost a time slice.
    try checkCollectives(MPICommunicator(elementsPerCall: 1000, watchdog: world.collectives.watchdog), largest: 5003)
    // Nodes in turn, and uneven ones.
    for node in [world.rank % 2, min(world.rank, 1), world.rank / 2] {
      try checkCollectives(MPICommunicator(node: node, watchdog: world.collectives.watchdog), largest: 5003)
    }
  }
  try checkNodeCollectives(world)
  try world.collectives.barrier()
  if world.rank == 0 { print("all checks hold on \(world.worldSize) ranks") }
}

/// Every fixture's batch, split over the ranks.
private func checkFixtures(_ world: World, folder: String) throws {
  let paths = try Fixture.paths(in: folder)
  try expect(!paths.isEmpty, "there are no fixtures in \(folder)")
  for path in paths {
    let check = try FixtureCheck(try Fixture(path: path), collectives: world.collectives)
    try check.run()
    try expect(check.comparison.count > 1000, "\(path): hardly anything was compared")
    let failures = check.comparison.failures
    try expect(failures.isEmpty, "\(path): \(failures.joined(separator: "\n"))")
  }
  try world.collectives.barrier()
  if world.rank == 0 { print("\(paths.count) fixtures hold on \(world.worldSize) ranks") }
}

private func failOnLastRank(_ world: World) throws {
  if world.rank == world.worldSize - 1 { throw CheckFailure(description: "only here") }
  try world.collectives.barrier()
}

/// Rank 1 sends more than rank 0 has room for. While they meet MPI's error, what receives must stay where it is.
private func truncateMessage(_ world: World) throws {
  let topology = try NodeTopology(node: world.rank, watchdog: world.collectives.watchdog)
  let messages = try PersistentMessages(topology, capacity: 1)
  let buffer = UnsafeMutableBufferPointer<Float>.allocate(capacity: 4)
  buffer.initialize(repeating: 0)
  if world.rank == 0 {
    defer { print("unwound") }
    try messages.addReceive(UnsafeMutableBufferPointer(rebasing: buffer[..<1]), from: 1, tag: 0)
    try messages.start()
    while try !messages.areComplete() {}
  } else {
    try messages.addSend(UnsafeBufferPointer(buffer), to: 0, tag: 0)
    try messages.start()
    while try !messages.areComplete() {}
  }
}

/// The lower rank fails while the last one listens, then at the end of that: only one may speak.
private func failOnFirstRankAfterLast(_ world: World) throws {
  if world.rank == world.worldSize - 1 { throw CheckFailure(description: "first") }
  if world.rank > 0 { try world.collectives.barrier() }
  usleep(990_000)
  throw CheckFailure(description: "second")
}

private func holdAnotherDigestOnLastRank(_ world: World) throws {
  let isLast = world.rank == world.worldSize - 1
  try world.collectives.agreeOnDigest([UInt8](repeating: isLast ? 1 : 0, count: 32), of: "parameters")
}

/// One bit of one parameter differs on one rank, as after a fault in memory or exchange.
private func changeOneParameterOnLastRank(_ world: World) throws {
  let fixture = try Fixture(path: try Fixture.paths(in: Fixture.folder)[0])
  let check = try FixtureCheck(fixture, collectives: world.collectives)
  try world.collectives.agreeOnDigest(check.replica.digest(), of: "replica state")
  if world.rank == world.worldSize - 1 {
    let values = check.replica.model.memory.values.base
    values[7] = Float(bitPattern: values[7].bitPattern ^ 1)
  }
  try world.collectives.agreeOnDigest(check.replica.digest(), of: "changed replica state")
}

/// Replicas that are compared every second step; one bit changes on the last rank after the third.
private func changeOneBitBeforeStepFour(_ world: World, _ what: String?) throws {
  let isShared = what == "statistics"
  let fixture = try Fixture(path: try Fixture.paths(in: Fixture.folder)[0])
  let check = try FixtureCheck(
    fixture, collectives: world.collectives, exchange: ExchangeSettings(isShared ? .shared : .allReduce))
  let replica = check.replica
  replica.compareEverySteps = 2
  try check.takeThreeSteps()
  if world.rank == world.worldSize - 1 {
    let floats = isShared ? replica.model.memory.runningStatistics.base : replica.memory.optimizer.firstMoment.base
    floats[3] = Float(bitPattern: floats[3].bitPattern ^ 1)
  }
  try check.takeSteps(1)
}
