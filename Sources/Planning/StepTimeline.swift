/// What one rank does in a training step, without its waiting: seconds of arithmetic, and what it has to tell the
/// others in between.
package struct StepTimeline: Equatable, Sendable {
  /// What interrupts the arithmetic.
  package enum Event: Equatable, Sendable {
    /// A sum over all ranks, of batch-norm statistics or terms: its bytes.
    case sum(bytes: Int)
    /// Gradients that are complete.
    case gradients(Range<Int>)
    /// All gradients are.
    case end
  }

  package var events: [Event]
  /// Seconds of arithmetic before each event.
  package var seconds: [Double]
  /// Seconds of the optimiser over all parameters, by one rank.
  package var optimizer: Double
  /// Floats that it reads or writes for each parameter.
  package var floatsPerParameter: Double
  package var parameterCount: Int

  package init(
    events: [Event], seconds: [Double], optimizer: Double, floatsPerParameter: Double, parameterCount: Int
  ) {
    precondition(events.count == seconds.count, "\(seconds.count) times for \(events.count) events")
    (self.events, self.seconds, self.optimizer) = (events, seconds, optimizer)
    (self.floatsPerParameter, self.parameterCount) = (floatsPerParameter, parameterCount)
  }

  /// Forward and backward pass together.
  package var arithmetic: Double { seconds.reduce(0, +) }

  /// The same on a processor that needs `factor` times as long.
  func scaled(by factor: Double) -> StepTimeline {
    var copy = self
    copy.seconds = seconds.map { $0 * factor }
    copy.optimizer *= factor
    return copy
  }
}

/// Timelines of a few numbers of rows, and those between.
package struct TimelineFamily: Sendable {
  private let rows: [Int]
  private let timelines: [StepTimeline]

  /// - Parameter measured: the same events for each number of rows of a rank; at least one.
  package init(_ measured: [Int: StepTimeline]) {
    precondition(!measured.isEmpty, "nothing was measured")
    rows = measured.keys.sorted()
    timelines = rows.compactMap { measured[$0] }
  }

  /// Every time on the line through its neighbours: a fixed cost, and one for each row. Beyond what was measured the
  /// last line is extrapolated.
  package func timeline(rows count: Int) -> StepTimeline {
    guard rows.count > 1 else { return timelines[0].scaled(by: Double(count) / Double(rows[0])) }
    let upper = rows.firstIndex { $0 >= count } ?? rows.count - 1
    let (i, j) = (max(upper - 1, 0), max(upper, 1))
    let share = Double(count - rows[i]) / Double(rows[j] - rows[i])
    func between(_ a: Double, _ b: Double) -> Double { max(0, a + share * (b - a)) }
    var timeline = timelines[i]
    timeline.seconds = zip(timelines[i].seconds, timelines[j].seconds).map(between)
    // Adam does not depend on the rows, but what they leave in the caches does.
    timeline.optimizer =
      timelines[i].optimizer + min(max(share, 0), 1) * (timelines[j].optimizer - timelines[i].optimizer)
    return timeline
  }

  var parameterCount: Int { timelines[0].parameterCount }

  /// All of them on a processor that needs `factor` times as long.
  func scaled(by factor: Double) -> TimelineFamily {
    TimelineFamily(Dictionary(uniqueKeysWithValues: zip(rows, timelines.map { $0.scaled(by: factor) })))
  }
}
