import Kernels

/// What a trial gave.
struct Measurement {
  let twinSeconds: Double
  let kernelSeconds: Double
  /// The largest difference between kernel and twin, relative to the largest number of the array it is in.
  let difference: Double

  /// More than rounding explains: sums of some thousand terms, added in another order.
  var isWrong: Bool { !(difference <= 1e-4) }

  init(_ trial: Trial, _ stopwatch: Stopwatch) {
    let start = Snapshot(trial)
    twinSeconds = stopwatch.time(before: start.restore, trial.twin)
    let expected = Snapshot(trial)
    kernelSeconds = stopwatch.time(before: start.restore, trial.kernel)
    difference = expected.difference(to: Snapshot(trial))
  }
}

/// A copy of everything that a trial changes.
private struct Snapshot {
  private let trial: Trial
  private let floats: [[Float]]
  private let doubles: [[Double]]

  init(_ trial: Trial) {
    self.trial = trial
    floats = trial.changed.map { $0.values }
    doubles = trial.changedDoubles.map { Array($0) }
  }

  func restore() {
    for (matrix, values) in zip(trial.changed, floats) {
      values.withUnsafeBufferPointer { values in
        guard let first = values.baseAddress else { return }
        for r in 0..<matrix.rows { matrix.row(r).update(from: first + r * matrix.columns, count: matrix.columns) }
      }
    }
    for (buffer, values) in zip(trial.changedDoubles, doubles) { _ = buffer.update(fromContentsOf: values) }
  }

  func difference(to other: Snapshot) -> Double {
    let mine = floats.map { $0.map(Double.init) } + doubles
    let theirs = other.floats.map { $0.map(Double.init) } + other.doubles
    return zip(mine, theirs).map(Self.difference).reduce(0) { $0 < $1 || $1.isNaN ? $1 : $0 }
  }

  private static func difference(_ a: [Double], _ b: [Double]) -> Double {
    var (largest, difference) = (1e-30, 0.0)
    for (a, b) in zip(a, b) {
      largest = max(largest, abs(a))
      if !(abs(a - b) <= difference) { difference = (a - b).isNaN ? .infinity : abs(a - b) }
    }
    return difference / largest
  }
}
