/// What a rank says that has waited too long for others.
package struct Stall: Equatable, Sendable {
  /// How long it waited.
  package let seconds: Int
  /// What it waited in.
  package let place: Place
  /// Where other ranks of its node were.
  package let neighbours: [Int: Place]

  package init(seconds: Int, place: Place, neighbours: [Int: Place] = [:]) {
    (self.seconds, self.place, self.neighbours) = (seconds, place, neighbours)
  }

  /// Neighbours that fit into a message.
  private static let capacity = 200

  /// Numbers with spaces in between: seconds, place, then rank and place of each neighbour.
  var encoded: String {
    let neighbours = neighbours.sorted { $0.key < $1.key }.prefix(Self.capacity)
    return ([Int64(seconds), place.packed] + neighbours.flatMap { [Int64($0.key), $0.value.packed] })
      .map(String.init).joined(separator: " ")
  }

  /// Nil for anything else.
  init?(decoding text: some StringProtocol) {
    let numbers = text.split(separator: " ").compactMap { Int64($0) }
    guard numbers.count >= 2, numbers.count % 2 == 0 else { return nil }
    let neighbours = stride(from: 2, to: numbers.count, by: 2).map {
      (Int(numbers[$0]), Place(packed: numbers[$0 + 1]))
    }
    self.init(
      seconds: Int(numbers[0]), place: Place(packed: numbers[1]),
      neighbours: Dictionary(neighbours, uniquingKeysWith: { first, _ in first }))
  }
}
