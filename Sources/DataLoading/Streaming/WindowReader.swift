internal import Kernels
internal import Storage

/// Fills a prefetch window: reads blocks in the order of the file, each once, and copies the rows that the window's
/// steps use. One thread at a time may use it.
final class WindowReader {
  private let modalities: [DataModality]
  private let descriptions: [ModalityDescription]
  private let plan: BatchPlan
  private let shuffle: RandomStream
  /// The position of every row of the rank in the epoch: its step times the number of partitions, plus the index of its
  /// partition.
  private let positions: UnsafeMutableBufferPointer<UInt32>
  private var epoch = 0
  /// Of one partition.
  private let order: UnsafeMutableBufferPointer<UInt32>
  private let block: UnsafeMutableRawBufferPointer
  private let file: DatasetHandle

  var byteCount: Int { UnsafeRawBufferPointer(positions).count + UnsafeRawBufferPointer(order).count + block.count }

  /// Opens the file a second time, so as to keep it.
  init(_ dataset: borrowing PackedDataset, modalities: [DataModality], plan: BatchPlan, seed: UInt64) throws {
    file = try DatasetHandle(reopening: dataset)
    (self.modalities, self.plan) = (modalities, plan)
    descriptions = dataset.descriptions(of: modalities)
    shuffle = RandomStream(seed: seed, purpose: .shuffle)
    positions = .allocate(capacity: plan.shard.count)
    order = .allocate(capacity: plan.rows(of: plan.partitions.lowerBound).count)
    block = .allocate(byteCount: StreamLayout.blockByteCount(plan, dataset, modalities), alignment: 64)
  }

  deinit {
    positions.deallocate()
    order.deallocate()
    block.deallocate()
  }

  /// Fills a window.
  /// - Parameters:
  ///   - steps: may reach beyond the end of the epoch.
  ///   - isCancelled: checked before each block; if so, the window stays incomplete.
  /// - Throws: as `Shard` does.
  func fill(_ window: PrefetchWindow, epoch: Int, steps: Range<Int>, isCancelled: () -> Bool) throws {
    if self.epoch != epoch { shuffle(epoch: epoch) }
    let steps = steps.clamped(to: 0..<plan.stepsPerEpoch)
    let partitions = plan.partitions.count
    let last = steps.upperBound - 1
    let range = steps.lowerBound * partitions..<last * partitions + plan.partitions(step: last).count
    for row in plan.shard {
      let position = position(of: row)
      if range.contains(position) { window.rows[position - range.lowerBound] = UInt32(row) }
    }
    for (part, modality) in modalities.enumerated() {
      guard try collect(rows(of: part), range, into: window.store.bytes(of: part), isCancelled) else { return }
      if let mask = window.store.mask(of: part) {
        guard try collect(self.mask(of: part), range, into: mask, isCancelled) else { return }
      }
      if let slot = window.store.prepare(part, slots: range.count, modality.likelihood) {
        throw file.dataset.invalidRow(modality, .train, row: Int(window.rows[slot]))
      }
    }
    if let slot = window.store.firstEmpty(slots: range.count) {
      throw file.dataset.emptyRow(modalities, .train, row: Int(window.rows[slot]))
    }
  }

  /// Something that the file holds for every row of the training split.
  private struct Column {
    let rowBytes: Int
    /// Rows that are read at a time.
    let blockRows: Int
    let read: (_ rows: Range<Int>, _ buffer: UnsafeMutableRawBufferPointer) throws -> Void
  }

  private func rows(of part: Int) -> Column {
    let name = modalities[part].name
    return Column(
      rowBytes: descriptions[part].rowByteCount, blockRows: file.dataset.blockRowCount(name, .train)
    ) { [file] in try file.dataset.readRows(name, .train, $0, into: $1) }
  }

  private func mask(of part: Int) -> Column {
    let name = modalities[part].name
    return Column(rowBytes: 1, blockRows: file.dataset.maskBlockRowCount(name, .train)) { [file] in
      try file.dataset.readMask(name, .train, $0, into: $1)
    }
  }

  /// Copies what one column holds for the positions `range` into their slots.
  /// - Returns: false if that was cancelled.
  private func collect(
    _ column: Column, _ range: Range<Int>, into slots: UnsafeMutableRawBufferPointer, _ isCancelled: () -> Bool
  ) throws -> Bool {
    let (rowBytes, blockRows) = (column.rowBytes, column.blockRows)
    let first = plan.shard.lowerBound / blockRows * blockRows
    for start in stride(from: first, to: plan.shard.upperBound, by: blockRows) {
      if isCancelled() { return false }
      let rows = (start..<start + blockRows).clamped(to: plan.shard)
      guard rows.contains(where: { range.contains(position(of: $0)) }) else { continue }
      let bytes = UnsafeMutableRawBufferPointer(rebasing: block[..<(rows.count * rowBytes)])
      try column.read(rows, bytes)
      for (index, row) in rows.enumerated() {
        let position = position(of: row)
        guard range.contains(position) else { continue }
        let slot = UnsafeMutableRawBufferPointer(rebasing: slots[((position - range.lowerBound) * rowBytes)...])
        slot.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[(index * rowBytes)..<((index + 1) * rowBytes)]))
      }
    }
    return true
  }

  private func position(of row: Int) -> Int { Int(positions[row - plan.shard.lowerBound]) }

  private func shuffle(epoch: Int) {
    for (index, partition) in plan.partitions.enumerated() {
      let rows = UnsafeMutableBufferPointer(rebasing: order[..<plan.rows(of: partition).count])
      plan.order(of: partition, epoch: epoch, shuffle, into: rows)
      for (step, row) in rows.enumerated() {
        positions[Int(row) - plan.shard.lowerBound] = UInt32(step * plan.partitions.count + index)
      }
    }
    self.epoch = epoch
  }
}

/// A dataset that can be shared between threads and stored.
final class DatasetHandle: Sendable {
  let dataset: PackedDataset

  /// - Throws: `DataLoadingError` when the file was replaced in the meantime.
  init(reopening other: borrowing PackedDataset) throws {
    dataset = try PackedDataset.open(other.path)
    guard dataset.fingerprint == other.fingerprint else {
      throw DataLoadingError("\(other.path) was replaced while it was being opened; start again")
    }
  }
}
