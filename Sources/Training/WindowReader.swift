internal import Kernels
internal import Storage

/// Collects the rows of some steps from the file: blocks are read in the order of the file, each once, and the rows
/// that the steps need are kept. One thread at a time may use it.
final class WindowReader {
  private let modalities: [DataModality]
  private let descriptions: [ModalityDescription]
  private let plan: LanePlan
  private let shuffle: RandomStream
  /// The place of every row of the rank in the epoch: its step times the number of lanes, plus the place of its lane.
  private let places: UnsafeMutableBufferPointer<UInt32>
  private var epoch = 0
  /// Of one lane.
  private let order: UnsafeMutableBufferPointer<UInt32>
  private let block: UnsafeMutableRawBufferPointer
  private let file: DatasetHandle

  var byteCount: Int { UnsafeRawBufferPointer(places).count + UnsafeRawBufferPointer(order).count + block.count }

  /// Opens the file a second time, so as to keep it.
  init(_ dataset: borrowing PackedDataset, modalities: [DataModality], plan: LanePlan, seed: UInt64) throws {
    file = try DatasetHandle(reopening: dataset)
    (self.modalities, self.plan) = (modalities, plan)
    descriptions = dataset.descriptions(of: modalities)
    shuffle = RandomStream(seed: seed, purpose: .shuffle)
    places = .allocate(capacity: plan.shard.count)
    order = .allocate(capacity: plan.rows(of: plan.lanes.lowerBound).count)
    block = .allocate(byteCount: StreamLayout.blockByteCount(plan, dataset, modalities), alignment: 64)
  }

  deinit {
    places.deallocate()
    order.deallocate()
    block.deallocate()
  }

  /// Fills a window.
  /// - Parameters:
  ///   - steps: may reach beyond the end of the epoch.
  ///   - isCancelled: asked now and then; if so, the window is left as it is.
  /// - Throws: as `Shard` does.
  func fill(_ window: RowWindow, epoch: Int, steps: Range<Int>, isCancelled: () -> Bool) throws {
    if self.epoch != epoch { shuffle(epoch: epoch) }
    let steps = steps.clamped(to: 0..<plan.stepsPerEpoch)
    let lanes = plan.lanes.count
    let wanted =
      steps.lowerBound * lanes..<(steps.upperBound - 1) * lanes + plan.lanes(step: steps.upperBound - 1).count
    for row in plan.shard {
      let place = place(of: row)
      if wanted.contains(place) { window.rows[place - wanted.lowerBound] = UInt32(row) }
    }
    for (part, modality) in modalities.enumerated() {
      guard try collect(part, wanted, into: window.store.bytes(of: part), isCancelled) else { return }
      if let slot = window.store.settle(part, slots: wanted.count, modality.likelihood) {
        throw file.dataset.misfit(modality, .train, row: Int(window.rows[slot]))
      }
    }
  }

  /// Puts the wanted rows of one modality in their slots.
  /// - Returns: false if that was cancelled.
  private func collect(
    _ part: Int, _ wanted: Range<Int>, into slots: UnsafeMutableRawBufferPointer, _ isCancelled: () -> Bool
  ) throws -> Bool {
    let (name, rowBytes) = (modalities[part].name, descriptions[part].rowByteCount)
    let blockRows = file.dataset.blockRowCount(name, .train)
    let first = plan.shard.lowerBound / blockRows * blockRows
    for start in stride(from: first, to: plan.shard.upperBound, by: blockRows) {
      if isCancelled() { return false }
      let rows = (start..<start + blockRows).clamped(to: plan.shard)
      guard rows.contains(where: { wanted.contains(place(of: $0)) }) else { continue }
      let bytes = UnsafeMutableRawBufferPointer(rebasing: block[..<(rows.count * rowBytes)])
      try file.dataset.readRows(name, .train, rows, into: bytes)
      for (index, row) in rows.enumerated() {
        let place = place(of: row)
        guard wanted.contains(place) else { continue }
        let slot = UnsafeMutableRawBufferPointer(rebasing: slots[((place - wanted.lowerBound) * rowBytes)...])
        slot.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[(index * rowBytes)..<((index + 1) * rowBytes)]))
      }
    }
    return true
  }

  private func place(of row: Int) -> Int { Int(places[row - plan.shard.lowerBound]) }

  private func shuffle(epoch: Int) {
    for (place, lane) in plan.lanes.enumerated() {
      let rows = UnsafeMutableBufferPointer(rebasing: order[..<plan.rows(of: lane).count])
      plan.order(of: lane, epoch: epoch, shuffle, into: rows)
      for (step, row) in rows.enumerated() {
        places[Int(row) - plan.shard.lowerBound] = UInt32(step * plan.lanes.count + place)
      }
    }
    self.epoch = epoch
  }
}

/// A dataset that can be shared and kept.
final class DatasetHandle: Sendable {
  let dataset: PackedDataset

  /// - Throws: `TrainingError` when the file is another by now.
  init(reopening other: borrowing PackedDataset) throws {
    dataset = try PackedDataset.open(other.path)
    guard dataset.fingerprint == other.fingerprint else {
      throw TrainingError("\(other.path) was replaced while it was being opened; start again")
    }
  }
}
