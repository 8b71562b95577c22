extension SplitMix64 {
  /// A generator of its own for one of many pieces of work, which may be done in any order.
  init(seed: Int, piece: Int) {
    var base = SplitMix64(seed: UInt64(seed))
    var stream = SplitMix64(seed: base.next() &+ UInt64(piece))
    self.init(seed: stream.next())
  }

  /// Uniform in a range.
  mutating func uniform(_ range: ClosedRange<Float>) -> Float {
    range.lowerBound + (range.upperBound - range.lowerBound) * Float(next() >> 40) * 0x1p-24
  }

  mutating func chance(_ probability: Float) -> Bool { uniform(0...1) < probability }

  mutating func choose<Element>(_ choices: [Element]) -> Element { choices[Int(next(below: UInt64(choices.count)))] }

  mutating func colour(_ range: ClosedRange<Float>) -> Colour {
    Colour(uniform(range), uniform(range), uniform(range))
  }
}
