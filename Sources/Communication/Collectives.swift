/// Operations in which every rank takes part, in the same order and with the same counts.
///
/// A class, so that the trainer and the layers it drives share one; not `Sendable`, because MPI belongs to the thread
/// that started it (`MPI_THREAD_FUNNELED`). Sums, maxima and barriers allocate nothing after their first use, and empty
/// buffers are fine. Buffers passed together must not overlap. A rank that gets an error must not continue: the others
/// may wait for it forever, and `World.run` ends them.
///
/// After a reduction all ranks hold the same bits, but another number of ranks, or another count, may round
/// differently: the order of additions is an implementation's choice.
package protocol Collectives: AnyObject {
  /// This process, `0 ..< worldSize`.
  var rank: Int { get }
  /// The number of processes.
  var worldSize: Int { get }
  /// Bounds how long this rank waits for the others in what follows, and knows where it is.
  var watchdog: Watchdog { get }

  /// Replaces every element by its sum over all ranks.
  func sum(_ buffer: UnsafeMutableBufferPointer<Float>) throws
  /// Replaces every element by its sum over all ranks.
  func sum(_ buffer: UnsafeMutableBufferPointer<Double>) throws

  /// Replaces every element by its largest value over all ranks.
  func maximum(_ buffer: UnsafeMutableBufferPointer<Double>) throws
  /// Replaces every element by its largest value over all ranks.
  func maximum(_ buffer: UnsafeMutableBufferPointer<Int64>) throws
  /// Replaces every element by its smallest value over all ranks.
  func minimum(_ buffer: UnsafeMutableBufferPointer<Double>) throws
  /// Replaces every element by its smallest value over all ranks.
  func minimum(_ buffer: UnsafeMutableBufferPointer<Int64>) throws

  /// Replaces `bytes` by those of rank `root`.
  func broadcast(_ bytes: UnsafeMutableRawBufferPointer, from root: Int) throws

  /// Collects the `block` of every rank on rank `root`, in rank order.
  /// - Parameter blocks: `worldSize` blocks on `root`; ignored, and possibly empty, on the others.
  func gather(_ block: UnsafeRawBufferPointer, into blocks: UnsafeMutableRawBufferPointer, at root: Int) throws

  /// Collects the `block` of every rank on all ranks, in rank order.
  /// - Parameter blocks: `worldSize` blocks.
  func allGather(_ block: UnsafeRawBufferPointer, into blocks: UnsafeMutableRawBufferPointer) throws

  /// Returns when all ranks have called it.
  func barrier() throws

  /// The ranks by the machines they run on; nil in a world without MPI. Collective.
  func findNodes() throws -> NodeTopology?
}
