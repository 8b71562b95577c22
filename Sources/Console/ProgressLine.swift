/// One line that is written over on a terminal; elsewhere plain lines at a decent interval.
package final class ProgressLine {
  private let isTerminal = Terminal.showsStandardError
  private let isQuiet: Bool
  private let clock = ContinuousClock()
  private let start: ContinuousClock.Instant
  private let doneBefore: Int
  private var last: ContinuousClock.Instant?
  private var isOpen = false

  /// - Parameters:
  ///   - doneBefore: how much of the work an earlier run had done; it says nothing about this one's speed.
  ///   - isQuiet: says nothing at all.
  package init(doneBefore: Int = 0, isQuiet: Bool = false) {
    (self.doneBefore, self.isQuiet) = (doneBefore, isQuiet)
    start = clock.now
  }

  private var interval: Duration { isTerminal ? .milliseconds(200) : .seconds(30) }

  /// Shows a bar, what is said about it, and the time left.
  package func update(_ text: @autoclosure () -> String, done: Int, total: Int) {
    let now = clock.now
    guard !isQuiet, now - (last ?? (isTerminal ? start - interval : start)) >= interval else { return }
    last = now
    let bar = Bar(
      text(), fraction: Double(done) / Double(max(total, 1)),
      secondsLeft: secondsLeft(done: done, total: total, at: now))
    // The last column stays free: some terminals wrap when it is written.
    write(bar.line(width: isTerminal ? Terminal.width.map { $0 - 1 } : nil, paint: Style.bar.apply))
  }

  /// How many pieces of work this run does in a second.
  package func rate(done: Int) -> Double { Double(done - doneBefore) / max((clock.now - start) / .seconds(1), 1e-9) }

  /// Prints a lasting line in place of the bar.
  package func say(_ text: String) {
    guard !isQuiet else { return }
    end()
    StandardStream.output.tell("\(text)\n")
  }

  /// Removes the bar.
  package func end() {
    if isOpen { StandardStream.error.tell("\r\u{1B}[K") }
    isOpen = false
  }

  private func secondsLeft(done: Int, total: Int, at now: ContinuousClock.Instant) -> Double {
    guard done > doneBefore else { return 0 }
    return (now - start) / .seconds(1) * Double(total - done) / Double(done - doneBefore)
  }

  private func write(_ line: String) {
    StandardStream.error.tell(isTerminal ? "\r\(line)\u{1B}[K" : "\(line)\n")
    isOpen = isTerminal
  }
}
