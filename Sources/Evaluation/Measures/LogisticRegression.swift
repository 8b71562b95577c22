internal import Foundation
internal import Kernels

/// Multinomial logistic regression with an L2 penalty: the minimum of `Σ rows -log p(class) + ½ |weights|²`, intercepts
/// free. For more than two classes that is scikit-learn's `LogisticRegression` with C = 1; for two, that has one vector of
/// weights and not two.
package struct LogisticRegression {
  package let classCount: Int
  /// Features and, at the end, a 1.
  package let width: Int
  /// `[classes, width]`, the intercept last.
  package private(set) var weights: [Double]

  /// - Parameters:
  ///   - features: of this rank's rows, one behind another.
  ///   - classes: of the same rows.
  ///   - sum: adds up over ranks.
  package init(
    _ features: [Float], _ classes: [Int], featureCount: Int, classCount: Int,
    sum: (UnsafeMutableBufferPointer<Double>) throws -> Void
  ) rethrows {
    (self.classCount, width) = (classCount, featureCount + 1)
    let rows = Self.rows(features, featureCount)
    weights = [Double](repeating: 0, count: classCount * (featureCount + 1))
    let start = self
    weights = try QuasiNewton.minimum(from: weights) { try start.cost(at: $0, rows, classes, sum: sum) }
  }

  /// The most probable class of each row; -1 where a row is not finite.
  package func predict(_ features: [Float]) -> [Int] {
    let rows = Self.rows(features, width - 1)
    let count = rows.count / width
    var logits = [Double](repeating: 0, count: count * classCount)
    multiply(rows, weights, transposingB: true, into: &logits, rows: count, columns: classCount, depth: width)
    return (0..<count).map { row in
      let own = row * classCount..<(row + 1) * classCount
      guard logits[own].allSatisfy(\.isFinite) else { return -1 }
      return (own.max { logits[$0] < logits[$1] } ?? own.lowerBound) - own.lowerBound
    }
  }

  /// The features of each row with a 1 behind them.
  private static func rows(_ features: [Float], _ count: Int) -> [Double] {
    var rows: [Double] = []
    rows.reserveCapacity(features.count / max(1, count) * (count + 1))
    for start in stride(from: 0, to: features.count, by: max(1, count)) {
      rows += features[start..<start + count].lazy.map { Double($0) } + [1]
    }
    return rows
  }

  private func cost(
    at weights: [Double], _ rows: [Double], _ classes: [Int],
    sum: (UnsafeMutableBufferPointer<Double>) throws -> Void
  ) rethrows -> QuasiNewton.Cost {
    // The value comes last, so that all travel in one message.
    var result = [Double](repeating: 0, count: weights.count + 1)
    var residuals = [Double](repeating: 0, count: Self.blockRows * classCount)
    for first in stride(from: 0, to: classes.count, by: Self.blockRows) {
      let count = min(Self.blockRows, classes.count - first)
      rows.withUnsafeBufferPointer { all in
        guard let x = all.baseAddress.map({ $0 + first * width }) else { return }
        multiply(x, weights, transposingB: true, into: &residuals, rows: count, columns: classCount, depth: width)
        for row in 0..<count {
          result[weights.count] += Self.loss(&residuals, row * classCount, classCount, classes[first + row])
        }
        multiply(
          residuals, x, transposingA: true, into: &result, rows: classCount, columns: width, depth: count,
          accumulating: true)
      }
    }
    try result.withUnsafeMutableBufferPointer { try sum($0) }
    for i in weights.indices where i % width != width - 1 {
      result[weights.count] += 0.5 * weights[i] * weights[i]
      result[i] += weights[i]
    }
    return (result[weights.count], Array(result.dropLast()))
  }

  private static let blockRows = 1024

  /// -log p(class) of one row, whose logits become the derivatives by them.
  private static func loss(_ logits: inout [Double], _ start: Int, _ count: Int, _ own: Int) -> Double {
    var (peak, total) = (logits[start], 0.0)
    for k in start..<start + count { peak = max(peak, logits[k]) }
    for k in start..<start + count { total += exp(logits[k] - peak) }
    let logSum = peak + log(total)
    let loss = logSum - logits[start + own]
    for k in start..<start + count { logits[k] = exp(logits[k] - logSum) }
    logits[start + own] -= 1
    return loss
  }
}
