/// The report of a rank whose wait for others timed out.
package struct Stall: Equatable, Sendable {
  /// How long it waited.
  package let seconds: Int
  /// In which phase it waited.
  package let progress: RankProgress
  /// The progress of the other ranks of its node.
  package let neighbours: [Int: RankProgress]

  package init(seconds: Int, progress: RankProgress, neighbours: [Int: RankProgress] = [:]) {
    (self.seconds, self.progress, self.neighbours) = (seconds, progress, neighbours)
  }

  /// Neighbours that fit into a message.
  private static let capacity = 200

  /// Numbers with spaces in between: seconds, progress, then rank and progress of each neighbour. Of many neighbours those
  /// that have got least far: the silent ones are among them.
  package var encoded: String {
    let neighbours = neighbours.sorted { ($0.value.packed, $0.key) < ($1.value.packed, $1.key) }.prefix(Self.capacity)
    return ([Int64(seconds), progress.packed] + neighbours.flatMap { [Int64($0.key), $0.value.packed] })
      .map(String.init).joined(separator: " ")
  }

  /// Nil for anything else.
  package init?(decoding text: some StringProtocol) {
    let numbers = text.split(separator: " ").compactMap { Int64($0) }
    guard numbers.count >= 2, numbers.count % 2 == 0 else { return nil }
    let neighbours = stride(from: 2, to: numbers.count, by: 2).map {
      (Int(numbers[$0]), RankProgress(packed: numbers[$0 + 1]))
    }
    self.init(
      seconds: Int(numbers[0]), progress: RankProgress(packed: numbers[1]),
      neighbours: Dictionary(neighbours, uniquingKeysWith: { first, _ in first }))
  }
}
