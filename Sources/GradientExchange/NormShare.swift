internal import Kernels

/// The part of the gradient whose squares this rank adds up, so that the norm costs every rank as little.
///
/// The gradient is cut into a fixed number of parts, of which every rank has as many. Parts are added in pairs: where
/// the sum over ranks is pairwise, too, its bits do not depend on the number of ranks.
package struct NormShare {
  /// A power of two of them where sums over ranks are pairwise.
  let parts: [Range<Int>]

  /// - Parameters:
  ///   - count: of all gradients.
  ///   - rank: of those that share the work, `ranks`.
  ///   - partsPerRank: a power of two.
  package init(count: Int, rank: Int, of ranks: Int, partsPerRank: Int) {
    let all = (0..<count).partitioned(into: ranks * partsPerRank)
    parts = Array(all[rank * partsPerRank..<(rank + 1) * partsPerRank])
  }

  /// The sum of the squares of this rank's part.
  /// - Parameter gradients: of all parameters.
  package func square(of gradients: UnsafePointer<Float>) -> Double {
    square(of: gradients, 0..<parts.count)
  }

  private func square(of gradients: UnsafePointer<Float>, _ range: Range<Int>) -> Double {
    if range.count == 1 {
      let part = parts[range.lowerBound]
      return sumOfSquares(gradients + part.lowerBound, count: part.count)
    }
    let middle = range.lowerBound + range.count / 2
    return square(of: gradients, range.lowerBound..<middle) + square(of: gradients, middle..<range.upperBound)
  }
}
