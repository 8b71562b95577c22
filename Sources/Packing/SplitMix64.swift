/// The SplitMix64 generator (Steele, Lea & Flood 2014): a counter stepped by a constant, then mixed.
///
/// Our own, and not the standard library's shuffle, because a split must come out alike with every compiler for ever.
package struct SplitMix64: Sendable {
  private var state: UInt64

  package init(seed: UInt64) { state = seed }

  package mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  /// A number in `0 ..< bound`, each equally likely: draws from the incomplete last round of `bound` are drawn again.
  mutating func next(below bound: UInt64) -> UInt64 {
    precondition(bound > 0, "nothing is below 0")
    let incomplete = (UInt64.max % bound + 1) % bound
    while true {
      let draw = next()
      if draw <= UInt64.max - incomplete { return draw % bound }
    }
  }

  /// The numbers `0 ..< count` in random order (Fisher & Yates, from the last place down).
  package mutating func permutation(count: Int) -> [Int] {
    var order = Array(0..<count)
    for last in stride(from: count - 1, to: 0, by: -1) {
      order.swapAt(last, Int(next(below: UInt64(last) + 1)))
    }
    return order
  }
}
