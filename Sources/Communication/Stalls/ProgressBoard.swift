import MPIShim

/// The progress of this rank, and of the other ranks of its node, in shared memory. An update is one store and
/// allocates nothing.
package final class ProgressBoard {
  /// Private memory, used until `share` provides shared memory.
  private let unshared: UnsafeMutablePointer<Int64>
  private var slot: UnsafeMutablePointer<Int64>
  private var neighbours: [(rank: Int, slot: UnsafeMutablePointer<Int64>)] = []

  package init() {
    unshared = .allocate(capacity: 1)
    unshared.initialize(to: RankProgress(step: 0, .starting).packed)
    slot = unshared
  }

  deinit { unshared.deallocate() }

  package var own: RankProgress { RankProgress(packed: slot.pointee) }

  /// This rank enters a phase.
  package func enter(_ phase: RankPhase) { store(RankProgress(step: own.step, phase)) }

  /// This rank begins a step, counted from 1.
  package func begin(step: UInt64) { store(RankProgress(step: Int64(step), own.phase)) }

  private func store(_ progress: RankProgress) { mpishim_counter_set(slot, progress.packed) }

  /// Moves the progress to shared memory: the ranks of the node now see each other's.
  /// - Parameters:
  ///   - slot: of this rank, in memory that lives until the process ends.
  ///   - neighbours: the other ranks of the node by their numbers in the job.
  package func share(in slot: UnsafeMutablePointer<Int64>, neighbours: [(rank: Int, slot: UnsafeMutablePointer<Int64>)])
  {
    let progress = own
    (self.slot, self.neighbours) = (slot, neighbours)
    store(progress)
  }

  /// The progress of the other ranks of the node, as far as they share memory with this one.
  package var ofNeighbours: [Int: RankProgress] {
    Dictionary(
      neighbours.map { ($0.rank, RankProgress(packed: mpishim_counter_get($0.slot))) },
      uniquingKeysWith: { first, _ in first }
    )
  }
}
