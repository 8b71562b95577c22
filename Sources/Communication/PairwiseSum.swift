/// Adds up runs of numbers in pairs: neighbours first, then pairs of neighbours, and so on.
///
/// With a power of two of terms, whoever adds up an aligned half or quarter of them gets a number that stands in the
/// whole sum as it is. So the sum has the same bits however terms are spread over ranks. With other counts the
/// left part is the largest power of two.
struct PairwiseSum<Number: FloatingPoint> {
  private let capacity: Int
  /// A run for every level at which a right half waits for its left one.
  private let scratch: UnsafeMutableBufferPointer<Number>

  /// - Parameters:
  ///   - terms: how many runs are added at most.
  ///   - capacity: the most numbers of a run.
  init(terms: Int, capacity: Int) {
    self.capacity = capacity
    scratch = .allocate(capacity: (Int.bitWidth - (max(terms, 1) - 1).leadingZeroBitCount) * capacity)
    scratch.initialize(repeating: 0)
  }

  func deallocate() { scratch.deallocate() }

  /// - Parameters:
  ///   - terms: which runs, at least one.
  ///   - result: gets `count` sums; none of the terms may lie there, but for the first.
  func add(
    _ terms: Range<Int>, count: Int, from term: (Int) -> UnsafePointer<Number>,
    into result: UnsafeMutablePointer<Number>
  ) {
    precondition(count <= capacity && !terms.isEmpty)
    add(terms, count: count, from: term, into: result, level: 0)
  }

  private func add(
    _ terms: Range<Int>, count: Int, from term: (Int) -> UnsafePointer<Number>,
    into result: UnsafeMutablePointer<Number>, level: Int
  ) {
    let first = term(terms.lowerBound)
    guard terms.count > 1 else {
      if first != UnsafePointer(result) { result.update(from: first, count: count) }
      return
    }
    if terms.count == 2 {
      let second = term(terms.lowerBound + 1)
      for i in 0..<count { result[i] = first[i] + second[i] }
      return
    }
    let middle = terms.lowerBound + 1 << (Int.bitWidth - 1 - (terms.count - 1).leadingZeroBitCount)
    let right = scratch.baseAddress! + level * capacity
    add(terms.lowerBound..<middle, count: count, from: term, into: result, level: level + 1)
    add(middle..<terms.upperBound, count: count, from: term, into: right, level: level + 1)
    for i in 0..<count { result[i] += right[i] }
  }
}
