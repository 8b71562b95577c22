package import Communication
internal import Kernels

/// How much of what the processors can do was done: multiply-adds of matrix products, of all ranks together, beside
/// the peak that the same job measured before and after.
package struct PeakShare: Sendable {
  /// Floating-point operations of the products that were timed, over all ranks.
  package let operations: Double
  /// Operations per second of all ranks at once.
  package let peak: Double

  /// Runs `body` between two measurements of the peak. Collective.
  package static func measure<Result>(
    _ collectives: any Collectives, _ body: () throws -> Result
  ) throws -> (result: Result, share: PeakShare) {
    let before = try sharedPeak(collectives)
    let operations = ProductTally.multiplyAdds
    let result = try body()
    var sum = [2 * Double(ProductTally.multiplyAdds - operations)]
    try sum.withUnsafeMutableBufferPointer { try collectives.sum($0) }
    return (result, PeakShare(operations: sum[0], peak: max(before, try sharedPeak(collectives))))
  }

  private static func sharedPeak(_ collectives: any Collectives) throws -> Double {
    try collectives.barrier()
    var peak = [ProductPeak.measure()]
    try peak.withUnsafeMutableBufferPointer { try collectives.sum($0) }
    return peak[0]
  }

  /// Of the peak, when the operations took so many seconds.
  package func fraction(seconds: Double) -> Double { operations / (seconds * peak) }
}
