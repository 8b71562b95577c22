internal import Storage

/// Reads rows from the file during training, with prefetching: an epoch's steps are divided into windows, and while one
/// is in use a background thread reads the next, at the end of an epoch the first of the next.
final class StreamedRows: RowSource {
  private let windowSteps: Int
  private let windowsPerEpoch: Int
  private let partitionCount: Int
  private let reader: WindowReader
  private let thread: BackgroundThread
  private var inUse: PrefetchWindow
  private var next: PrefetchWindow
  private var epoch = 0
  /// The window that `inUse` holds.
  private var held: WindowID?
  /// The window that the thread reads into `next`.
  private var requested: WindowID?

  /// - Parameter memory: the most bytes to hold.
  /// - Throws: `DataLoadingError` when that is too little, `StorageError` when the file cannot be opened again.
  init(
    _ dataset: borrowing PackedDataset, modalities: [DataModality], plan: BatchPlan, seed: UInt64, memory: Int
  ) throws {
    let layout = try StreamLayout(plan, dataset, modalities, memory: memory)
    windowSteps = layout.windowSteps
    windowsPerEpoch = (plan.stepsPerEpoch + windowSteps - 1) / windowSteps
    partitionCount = plan.partitions.count
    reader = try WindowReader(dataset, modalities: modalities, plan: plan, seed: seed)
    inUse = PrefetchWindow(dataset, modalities, slots: windowSteps * partitionCount)
    next = PrefetchWindow(dataset, modalities, slots: windowSteps * partitionCount)
    // Last, because nothing would end the thread if a statement above threw.
    thread = BackgroundThread(name: "reading ahead")
  }

  deinit { thread.end() }

  var byteCount: Int { inUse.byteCount + next.byteCount + reader.byteCount }

  func begin(epoch: Int) {
    self.epoch = epoch
    held = nil
  }

  func store(step: Int) throws -> RowStore {
    let window = WindowID(epoch: epoch, index: step / windowSteps)
    if held != window { try advance(to: window) }
    return inUse.store
  }

  func find(step: Int, partition index: Int) -> (slot: Int, row: Int) {
    let slot = step % windowSteps * partitionCount + index
    return (slot, Int(inUse.rows[slot]))
  }

  private func advance(to window: WindowID) throws {
    if requested != window { request(window) }
    // Before the wait, so that a window whose reading failed is requested again.
    requested = nil
    try thread.wait()
    (inUse, next) = (next, inUse)
    held = window
    let isLast = window.index + 1 == windowsPerEpoch
    request(isLast ? WindowID(epoch: epoch + 1, index: 0) : WindowID(epoch: epoch, index: window.index + 1))
  }

  /// Discards the window that was requested before, if any.
  private func request(_ window: WindowID) {
    if requested != nil { try? thread.wait() }
    requested = window
    // Only the thread touches reader and window until it has been waited for.
    nonisolated(unsafe) let reader = reader
    nonisolated(unsafe) let next = next
    let thread = thread
    let first = window.index * windowSteps
    let steps = first..<first + windowSteps
    thread.start { try reader.fill(next, epoch: window.epoch, steps: steps) { thread.isEnding } }
  }
}

/// Identifies a window of an epoch.
private struct WindowID: Equatable {
  var epoch: Int
  var index: Int
}

/// Rows in the order in which steps use them: slot `step * partitions + partition`, with steps counted from the
/// window's first and partitions from the rank's first.
final class PrefetchWindow {
  let store: RowStore
  /// The row of the split in every slot.
  let rows: UnsafeMutableBufferPointer<UInt32>

  var byteCount: Int { store.byteCount + UnsafeRawBufferPointer(rows).count }

  init(_ dataset: borrowing PackedDataset, _ modalities: [DataModality], slots: Int) {
    store = RowStore(
      dataset.descriptions(of: modalities), modalities.map(\.binarization), gaps: dataset.gaps(modalities, .train),
      split: .train, slots: slots)
    rows = .allocate(capacity: slots)
  }

  deinit { rows.deallocate() }
}
