import MPIShim

/// Where this rank is, and where the ranks of its node are. Noting costs one store and asks for no memory.
package final class Whereabouts {
  /// In memory of its own, until there is memory that the ranks of the node share.
  private let own: UnsafeMutablePointer<Int64>
  private var slot: UnsafeMutablePointer<Int64>
  private var neighbours: [(rank: Int, slot: UnsafeMutablePointer<Int64>)] = []

  package init() {
    own = .allocate(capacity: 1)
    own.initialize(to: Place(step: 0, .starting).packed)
    slot = own
  }

  deinit { own.deallocate() }

  package var place: Place { Place(packed: slot.pointee) }

  /// This rank does something else now.
  package func note(_ activity: Activity) { note(Place(step: place.step, activity)) }

  /// This rank turns to a step, counted from 1.
  package func note(step: UInt64) { note(Place(step: Int64(step), place.activity)) }

  private func note(_ place: Place) { mpishim_counter_set(slot, place.packed) }

  /// From now on the node sees where this rank is, and this rank sees the others.
  /// - Parameters:
  ///   - slot: of this rank, in memory that stays until the process ends.
  ///   - neighbours: the other ranks of the node by their numbers in the job.
  package func share(in slot: UnsafeMutablePointer<Int64>, neighbours: [(rank: Int, slot: UnsafeMutablePointer<Int64>)])
  {
    let place = place
    (self.slot, self.neighbours) = (slot, neighbours)
    note(place)
  }

  /// Where the other ranks of the node are, as far as they share memory with this one.
  package var ofNeighbours: [Int: Place] {
    Dictionary(
      neighbours.map { ($0.rank, Place(packed: mpishim_counter_get($0.slot))) }, uniquingKeysWith: { first, _ in first }
    )
  }
}
