internal import Storage

/// Rows read from the file while training goes on: an epoch's steps are cut into windows, and while one is in use a
/// thread of its own reads the next, in the end the first of the next epoch.
final class StreamedLanes: LaneSupply {
  private let windowSteps: Int
  private let windowsPerEpoch: Int
  private let laneCount: Int
  private let reader: WindowReader
  private let thread: BackgroundThread
  private var inUse: RowWindow
  private var next: RowWindow
  private var epoch = 0
  /// What `inUse` holds.
  private var held: WindowPlace?
  /// What the thread was told to put into `next`.
  private var requested: WindowPlace?

  /// - Parameter memory: the most bytes to hold.
  /// - Throws: `TrainingError` when that is too little, `StorageError` when the file cannot be opened again.
  init(
    _ dataset: borrowing PackedDataset, modalities: [DataModality], plan: LanePlan, seed: UInt64, memory: Int
  ) throws {
    let layout = try StreamLayout(plan, dataset, modalities, memory: memory)
    windowSteps = layout.windowSteps
    windowsPerEpoch = (plan.stepsPerEpoch + windowSteps - 1) / windowSteps
    laneCount = plan.lanes.count
    reader = try WindowReader(dataset, modalities: modalities, plan: plan, seed: seed)
    inUse = RowWindow(dataset, modalities, slots: windowSteps * laneCount)
    next = RowWindow(dataset, modalities, slots: windowSteps * laneCount)
    // Last: nobody would end it if something above threw.
    thread = BackgroundThread(name: "reading ahead")
  }

  deinit { thread.end() }

  var byteCount: Int { inUse.byteCount + next.byteCount + reader.byteCount }

  func begin(epoch: Int) {
    self.epoch = epoch
    held = nil
  }

  func store(step: Int) throws -> RowStore {
    let place = WindowPlace(epoch: epoch, window: step / windowSteps)
    if held != place { try advance(to: place) }
    return inUse.store
  }

  func find(step: Int, place: Int) -> (slot: Int, row: Int) {
    let slot = step % windowSteps * laneCount + place
    return (slot, Int(inUse.rows[slot]))
  }

  private func advance(to place: WindowPlace) throws {
    if requested != place { request(place) }
    // Also when it throws, the job is over: whoever comes again has it done again.
    requested = nil
    try thread.wait()
    (inUse, next) = (next, inUse)
    held = place
    let isLast = place.window + 1 == windowsPerEpoch
    request(
      isLast ? WindowPlace(epoch: epoch + 1, window: 0) : WindowPlace(epoch: epoch, window: place.window + 1))
  }

  /// What was requested before is read to its end and forgotten.
  private func request(_ place: WindowPlace) {
    if requested != nil { try? thread.wait() }
    requested = place
    // Only the thread touches reader and window until it has been waited for.
    nonisolated(unsafe) let reader = reader
    nonisolated(unsafe) let window = next
    let thread = thread
    let first = place.window * windowSteps
    let steps = first..<first + windowSteps
    thread.start { try reader.fill(window, epoch: place.epoch, steps: steps) { thread.isEnding } }
  }
}

/// Which window of which epoch.
private struct WindowPlace: Equatable {
  var epoch: Int
  var window: Int
}

/// Rows in the order in which steps take them: slot `step * lanes + place`, steps counted from the window's first.
final class RowWindow {
  let store: RowStore
  /// The row of the split in every slot.
  let rows: UnsafeMutableBufferPointer<UInt32>

  var byteCount: Int { store.byteCount + UnsafeRawBufferPointer(rows).count }

  init(_ dataset: borrowing PackedDataset, _ modalities: [DataModality], slots: Int) {
    store = RowStore(
      dataset.descriptions(of: modalities), modalities.map(\.binarization), split: .train, slots: slots)
    rows = .allocate(capacity: slots)
  }

  deinit { rows.deallocate() }
}
