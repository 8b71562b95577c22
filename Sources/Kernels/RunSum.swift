/// The sum of several runs of `count` floats, added in pairs: neighbours first, then pairs of neighbours, and so on.
///
/// With a power of two of terms, the sum of an aligned half of them stands in the whole sum as it is. With other counts
/// the left part is the largest power of two.
/// - Parameters:
///   - terms: at least one.
///   - offset: where the run begins in each of the terms.
///   - result: may be the run of any of the terms.
package func sum(
  count: Int, of terms: UnsafeBufferPointer<UnsafeMutablePointer<Float>>, offset: Int,
  into result: UnsafeMutablePointer<Float>
) {
  if terms.count == 1, terms[0] + offset == result { return }
  forEachLaneGroup(count) { i in
    (result + i).lanes =
      terms.count == 2
      ? (terms[0] + offset + i).lanes + (terms[1] + offset + i).lanes
      : sumInPairs(0..<terms.count) { (terms[$0] + offset + i).lanes }
  } rest: { i, n in
    (result + i).store(sumInPairs(0..<terms.count) { (terms[$0] + offset + i).partialLanes(n) }, first: n)
  }
}

private func sumInPairs(_ terms: Range<Int>, _ term: (Int) -> Lanes) -> Lanes {
  let first = terms.lowerBound
  switch terms.count {
  case 1: return term(first)
  case 2: return term(first) + term(first + 1)
  case 4: return (term(first) + term(first + 1)) + (term(first + 2) + term(first + 3))
  default:
    let middle = first + 1 << (Int.bitWidth - 1 - (terms.count - 1).leadingZeroBitCount)
    return sumInPairs(first..<middle, term) + sumInPairs(middle..<terms.upperBound, term)
  }
}
