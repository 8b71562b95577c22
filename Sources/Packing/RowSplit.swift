/// Which source rows make up the training and the validation split.
package struct RowSplit: Equatable, Sendable {
  /// In random order.
  package let train: [Int]
  /// In the order of the source.
  package let validation: [Int]

  /// A tenth of `count` rows (rounded down), drawn with `seed`, is for validation.
  ///
  /// One permutation decides both: its first tenth, sorted, is the validation split; the rest is the training split.
  package init(count: Int, seed: UInt64) {
    var generator = SplitMix64(seed: seed)
    let order = generator.permutation(count: count)
    validation = order.prefix(count / 10).sorted()
    train = Array(order.dropFirst(count / 10))
  }
}
