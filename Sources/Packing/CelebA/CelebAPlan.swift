import Storage

/// Which images go where, as rows of the attribute file.
struct CelebAPlan: Equatable, Sendable {
  let rows: [Split: [Int]]

  /// All rows in the order they are packed in: train, validation, test.
  var order: [Int] { Split.allCases.flatMap { rows[$0] ?? [] } }

  /// Of a split that was given, or is drawn here: of one permutation the first tenth is for testing, the second for
  /// validation, the rest for training. Then only the first `limit` images of each split are kept. At last the training
  /// split is shuffled; the others stay in the order of the file.
  init(given: [Split: [Int]]?, count: Int, limit: Int?, seed: Int) throws(PackingError) {
    guard seed >= 0 else { throw PackingError("the seed is a whole number from 0 on, found \(seed)") }
    var generator = SplitMix64(seed: UInt64(seed))
    let split = given ?? Self.draw(count, &generator)
    var rows = split.mapValues { Array($0.sorted().prefix(limit ?? .max)) }
    if let train = rows[.train] { rows[.train] = generator.permutation(count: train.count).map { train[$0] } }
    self.rows = rows
    for part in Split.allCases where rows[part, default: []].isEmpty {
      throw PackingError(
        "no image is for \(part.rawValue): "
          + (given == nil ? "10 images or more are needed, found \(count)" : "the partition file names none"))
    }
  }

  private static func draw(_ count: Int, _ generator: inout SplitMix64) -> [Split: [Int]] {
    let order = generator.permutation(count: count)
    let tenth = count / 10
    return [
      .test: Array(order[..<tenth]), .validation: Array(order[tenth..<(2 * tenth)]),
      .train: Array(order[(2 * tenth)...]),
    ]
  }
}
