import Evaluation
import Foundation
import Training

/// One line that is written over on a terminal; elsewhere plain lines at a decent interval.
final class ProgressLine {
  private let isTerminal = Terminal.showsStandardError
  private let clock = ContinuousClock()
  private let start: ContinuousClock.Instant
  private var last: ContinuousClock.Instant?
  private var isOpen = false

  init() { start = clock.now }

  private var interval: Duration { isTerminal ? .milliseconds(200) : .seconds(30) }

  /// Shows a bar, what is said about it, and the time left.
  func update(_ text: @autoclosure () -> String, done: Int, total: Int) {
    let now = clock.now
    guard now - (last ?? (isTerminal ? start - interval : start)) >= interval else { return }
    last = now
    let fraction = Double(done) / Double(max(total, 1))
    let elapsed = (now - start).seconds
    let left = done > 0 ? elapsed / fraction - elapsed : 0
    let width = 24
    let filled = Int(fraction * Double(width))
    let bar = String(repeating: "#", count: filled) + String(repeating: ".", count: width - filled)
    write("\(text()) [\(bar)] \((fraction * 100).formatted(digits: 0)) %, \(Self.time(left)) left")
  }

  /// Prints a lasting line in place of the bar.
  func say(_ text: String) {
    end()
    FileHandle.standardOutput.write(Data("\(text)\n".utf8))
  }

  /// Removes the bar.
  func end() {
    if isOpen { FileHandle.standardError.write(Data("\r\u{1B}[K".utf8)) }
    isOpen = false
  }

  private func write(_ line: String) {
    FileHandle.standardError.write(Data((isTerminal ? "\r\(line)\u{1B}[K" : "\(line)\n").utf8))
    isOpen = isTerminal
  }

  private static func time(_ seconds: Double) -> String {
    let total = Int(seconds.rounded())
    return total >= 3600
      ? "\(total / 3600) h \(total / 60 % 60) min" : total >= 60 ? "\(total / 60) min \(total % 60) s" : "\(total) s"
  }
}
