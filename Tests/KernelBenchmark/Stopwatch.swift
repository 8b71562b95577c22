import Foundation

/// How long something takes when it is done again and again.
struct Stopwatch {
  /// The most runs of one thing, and the seconds after which no other is begun.
  let repetitions: Int
  let patience: Double

  /// Seconds of one run, the median; without what looking at the clock costs.
  /// - Parameter before: not counted.
  func time(before: () -> Void, _ body: () -> Void) -> Double {
    var seconds: [Double] = []
    let end = Self.now() + patience
    repeat {
      before()
      let start = Self.now()
      body()
      seconds.append(Self.now() - start)
    } while seconds.count < repetitions && Self.now() < end
    return max(Self.median(seconds) - Self.ownSeconds, 1e-9)
  }

  private static let ownSeconds = median((0..<101).map { _ in -now() + now() })

  private static func median(_ seconds: [Double]) -> Double { seconds.sorted()[seconds.count / 2] }

  private static func now() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }
}
