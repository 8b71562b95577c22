internal import Foundation

/// Round numbers along an axis: multiples of 1, 2 or 5 times a power of ten.
package struct Ticks: Equatable, Sendable {
  package let values: [Double]
  /// Decimals that tell them apart.
  package let digits: Int

  /// - Parameters:
  ///   - range: what they must lie in; wider than nothing.
  ///   - count: about so many at most.
  ///   - isWhole: whether numbers between whole ones mean nothing.
  package init(_ range: ClosedRange<Double>, count: Int, isWhole: Bool = false) {
    let rough = (range.upperBound - range.lowerBound) / Double(count)
    let magnitude = pow(10, (log10(rough) + 1e-9).rounded(.down))
    let round = [1, 2, 5, 10].map { $0 * magnitude }.first { $0 >= rough * (1 - 1e-9) } ?? 10 * magnitude
    let step = isWhole ? max(round, 1) : round
    let first = (range.lowerBound / step - 1e-9).rounded(.up)
    let last = (range.upperBound / step + 1e-9).rounded(.down)
    values = first <= last ? stride(from: first, through: last, by: 1).map { $0 * step } : []
    digits = max(0, -Int((log10(step) + 1e-9).rounded(.down)))
  }
}
