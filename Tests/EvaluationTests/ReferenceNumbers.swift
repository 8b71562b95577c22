/// Numbers that any language makes alike, for figures that other programs computed.
struct ReferenceNumbers {
  private var state: Int

  init(seed: Int) { state = seed }

  /// From 0 to below 1.
  mutating func next() -> Double {
    state = (1_103_515_245 * state + 12_345) % (1 << 31)
    return Double(state) / Double(1 << 31)
  }

  static func make(_ seed: Int, _ count: Int) -> [Double] {
    var numbers = ReferenceNumbers(seed: seed)
    return (0..<count).map { _ in numbers.next() }
  }
}
