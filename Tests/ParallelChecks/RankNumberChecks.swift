import Communication
import Foundation

/// The number of each rank. Launched on one machine, so every rank is a neighbour of every other.
func checkRankNumbers(_ world: World) throws {
  var counts = [Double](repeating: 0, count: world.worldSize)
  counts[world.rank] = 1
  try counts.withUnsafeMutableBufferPointer { try world.collectives.sum($0) }
  try expectEqual(counts, [Double](repeating: 1, count: world.worldSize), "processes per rank")
  try expectEqual([world.localRank, world.localSize], [world.rank, world.worldSize], "rank on the machine")
  try expect(!world.hostName.isEmpty, "the machine has no name")
  // The tests bind no rank to a core, so each may use all that there are.
  let cores = ProcessInfo.processInfo.activeProcessorCount
  try expect(
    world.collectives.watchdog.isOversubscribed == (world.worldSize > cores), "\(world.worldSize) ranks, \(cores) cores"
  )
}
