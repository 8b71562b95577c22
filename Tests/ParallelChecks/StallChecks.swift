import Communication
import FixtureChecks
import Foundation
import GradientExchange

/// The last rank stops answering, in one of several ways; the others must end the job.
func stall(_ world: World, _ way: String?) throws {
  let isLast = world.rank == world.worldSize - 1
  world.collectives.watchdog.setTimeout(seconds: 3)
  switch way {
  case "barrier":
    if isLast { raise(SIGSTOP) }
    try world.collectives.barrier()
  case "sums":
    // Of a few numbers, and of many.
    let (few, many) = (zeros(of: Double.self, 100), zeros(of: Float.self, 500_000))
    if isLast { stopSoon() }
    while true {
      try world.collectives.sum(few)
      try world.collectives.sum(many)
    }
  case "shared", "a node each", "all-reduce": try train(world, way ?? "", stops: isLast)
  case "suspended": try beSuspended(world, isLast: isLast)
  case "killed":
    if isLast { kill(getpid(), SIGKILL) }
    try world.collectives.barrier()
  case "after-finalize":
    world.afterFinalize {
      guard world.rank == 0 else { return }
      sleep(5)
      print("done after finalize")
    }
  default: throw CheckFailure(description: "no such way to stall")
  }
  if world.rank == 0 { print("nobody stalled") }
}

private func zeros<Element: Numeric>(of: Element.Type, _ count: Int) -> UnsafeMutableBufferPointer<Element> {
  let buffer = UnsafeMutableBufferPointer<Element>.allocate(capacity: count)
  buffer.initialize(repeating: 0)
  return buffer
}

/// Stops this process from outside, whatever it is doing then.
private func stopSoon() { shell("sleep 0.5; kill -STOP \(getpid())") }

private func shell(_ script: String) {
  let child = Process()
  child.executableURL = URL(filePath: "/bin/sh")
  child.arguments = ["-c", script]
  try? child.run()
}

/// Takes steps until somebody stops.
private func train(_ world: World, _ way: String, stops: Bool) throws {
  var settings = ExchangeSettings(way == "all-reduce" ? .allReduce : .shared)
  if way == "a node each" {
    settings.topology = try NodeTopology(node: world.rank, watchdog: world.collectives.watchdog)
  }
  let fixture = try Fixture(path: try Fixture.paths(in: Fixture.folder)[0])
  let check = try FixtureCheck(fixture, collectives: world.collectives, exchange: settings)
  if stops { stopSoon() }
  while true { try check.takeThreeSteps() }
}

/// All ranks are stopped for longer than the bound while they wait, and go on.
private func beSuspended(_ world: World, isLast: Bool) throws {
  shell("sleep 0.5; kill -STOP \(getpid()); sleep 5; kill -CONT \(getpid())")
  if isLast { Thread.sleep(forTimeInterval: 1.5) }
  try world.collectives.barrier()
}
