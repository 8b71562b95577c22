internal import Glibc

/// The random numbers at one place of a stream, one after another: for distributions that need no fixed number of them.
package struct RandomSequence {
  private let stream: RandomStream
  private let step: UInt64
  private let row: UInt32
  private var index: UInt32 = 0

  package init(_ stream: RandomStream, step: UInt64, row: UInt32) {
    (self.stream, self.step, self.row) = (stream, step, row)
  }

  /// Uniform on (0, 1), with 53 random bits.
  package mutating func uniform() -> Double {
    let (high, low) = (UInt64(word()) << 21, UInt64(word()) >> 11)
    return (Double(high | low) + 0.5) * 0x1p-53
  }

  /// Standard normal (Box and Muller).
  package mutating func normal() -> Double {
    let radius = (-2 * log(uniform())).squareRoot()
    return radius * cos(2 * .pi * uniform())
  }

  private mutating func word() -> UInt32 {
    defer { index &+= 1 }
    return stream.word(step: step, row: row, index: index)
  }
}
