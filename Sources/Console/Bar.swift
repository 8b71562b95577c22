internal import Foundation

/// How far something is, in one line.
package struct Bar {
  private let text: String
  private let fraction: Double
  private let secondsLeft: Double

  /// Signs of a bar, where there is room.
  private static let longest = 24
  private static let shortest = 8

  /// - Parameter text: what is said about it.
  package init(_ text: String, fraction: Double, secondsLeft: Double) {
    (self.text, self.fraction, self.secondsLeft) = (text, fraction, secondsLeft)
  }

  /// - Parameters:
  ///   - width: the most characters; a line that wrapped could not be written over.
  ///   - paint: gives the part that is done its colour.
  package func line(width: Int?, paint: (String) -> String = { $0 }) -> String {
    let end = "\(String(format: "%.0f", fraction * 100)) %, \(Self.time(secondsLeft)) left"
    // Two brackets, two spaces.
    let room = width.map { $0 - end.count - 4 } ?? Int.max
    let length = min(Self.longest, max(Self.shortest, room - text.count))
    let filled = Int(fraction * Double(length))
    let bar = paint(String(repeating: "#", count: filled)) + String(repeating: ".", count: length - filled)
    return "\(text.prefix(max(room - length, 0))) [\(bar)] \(end)"
  }

  private static func time(_ seconds: Double) -> String {
    let total = Int(seconds.rounded())
    return total >= 3600
      ? "\(total / 3600) h \(total / 60 % 60) min" : total >= 60 ? "\(total / 60) min \(total % 60) s" : "\(total) s"
  }
}
