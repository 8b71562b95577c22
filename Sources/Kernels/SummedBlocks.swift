/// Calls `body` for one block of a range after another, with the sum of several runs over it, added in pairs.
///
/// One pass over memory: the sums of a block are used while they are in the first-level cache. A block is the most that
/// Swift keeps on the stack instead of asking for memory.
/// - Parameters:
///   - range: places in each of the runs.
///   - runs: at least one.
///   - body: gets the block's first place, its length, and the sums.
@inline(__always)
package func forEachSummedBlock(
  of range: Range<Int>, in runs: UnsafeBufferPointer<UnsafeMutablePointer<Float>>,
  _ body: (_ start: Int, _ count: Int, _ sums: UnsafePointer<Float>) -> Void
) {
  let block = 1024 / MemoryLayout<Float>.stride
  withUnsafeTemporaryAllocation(of: Float.self, capacity: block) { total in
    for start in stride(from: range.lowerBound, to: range.upperBound, by: block) {
      let count = min(block, range.upperBound - start)
      var sums = UnsafePointer(runs[0] + start)
      if runs.count > 1 {
        sum(count: count, of: runs, offset: start, into: total.baseAddress!)
        sums = UnsafePointer(total.baseAddress!)
      }
      // Called in one place: a closure that appears twice is not compiled into the loop.
      body(start, count, sums)
    }
  }
}

/// The sum of the squares of `count` numbers, in double precision.
package func sumOfSquares(_ x: UnsafePointer<Float>, count: Int) -> Double {
  var sums = DoubleLanes.zero
  forEachLaneGroup(count) { i in
    let lanes = DoubleLanes((x + i).lanes)
    sums.addProduct(lanes, lanes)
  } rest: { i, n in
    let lanes = DoubleLanes((x + i).partialLanes(n))
    sums.addProduct(lanes, lanes)
  }
  return sums.sum()
}
