/// Which buckets of this rank's gradient are complete, in the order in which they became so: the same on all ranks.
package struct ReadyBuckets {
  package let buckets: [Range<Int>]
  /// Indices of buckets that are complete.
  package private(set) var order: [Int] = []
  /// Elements of each bucket that are not complete.
  private var missing: [Int]

  package init(_ buckets: [Range<Int>]) {
    self.buckets = buckets
    missing = buckets.map(\.count)
    order.reserveCapacity(buckets.count)
  }

  /// - Precondition: no element is announced twice in a step: something would be added to a sum that has left.
  package mutating func announce(_ range: Range<Int>) {
    guard !range.isEmpty, let length = buckets.first?.count else { return }
    for index in range.lowerBound / length...(range.upperBound - 1) / length {
      missing[index] -= buckets[index].clamped(to: range).count
      precondition(missing[index] >= 0, "gradients \(range) are announced as complete twice")
      if missing[index] == 0 { order.append(index) }
    }
  }

  /// The pass has ended: nothing will change any more.
  package mutating func announceRest() {
    for index in buckets.indices where missing[index] > 0 {
      missing[index] = 0
      order.append(index)
    }
  }

  /// Before the next step.
  package mutating func reset() {
    order.removeAll(keepingCapacity: true)
    for index in buckets.indices { missing[index] = buckets[index].count }
  }
}
