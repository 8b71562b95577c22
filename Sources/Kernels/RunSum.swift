/// The sum of several runs of `count` floats, added in their order.
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
    var total = (terms[0] + offset + i).lanes
    for k in 1..<terms.count { total += (terms[k] + offset + i).lanes }
    (result + i).lanes = total
  } rest: { i, n in
    var total = (terms[0] + offset + i).partialLanes(n)
    for k in 1..<terms.count { total += (terms[k] + offset + i).partialLanes(n) }
    (result + i).store(total, first: n)
  }
}
