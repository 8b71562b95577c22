/// The weights with which pixels of a line become pixels of a longer or shorter line.
///
/// The convention is that of Pillow's `Image.resize((width, height), Image.BILINEAR)` (`src/libImaging/Resample.c`): a
/// triangle as wide as the reduction, so that every pixel counts, cut off at the ends of the line and normalised in
/// double precision, then rounded to fixed point with 22 bits after the point.
struct ResampleWeights: Sendable {
  static let fractionBits: Int32 = 22

  /// What one pixel is made of.
  struct Tap: Sendable {
    let first: Int
    let weights: Range<Int>
  }

  /// One for every pixel that is kept.
  let taps: [Tap]
  /// The weights of all taps.
  let values: [Int32]

  /// - Parameters:
  ///   - source: how many pixels the line has.
  ///   - target: how many it is to have.
  ///   - kept: those of the target that are wanted.
  init(source: Int, target: Int, kept: Range<Int>) {
    let scale = Double(source) / Double(target)
    let support = max(scale, 1)
    var (taps, values): ([Tap], [Int32]) = ([], [])
    for pixel in kept {
      let centre = (Double(pixel) + 0.5) * scale
      let first = max(0, Int(centre - support + 0.5))
      let last = min(source, Int(centre + support + 0.5))
      let heights = (first..<last).map { max(0, 1 - abs((Double($0) - centre + 0.5) * (1 / support))) }
      let sum = heights.reduce(0, +)
      taps.append(Tap(first: first, weights: values.count..<(values.count + heights.count)))
      values += heights.map { Int32($0 / sum * Double(1 << Self.fractionBits) + 0.5) }
    }
    (self.taps, self.values) = (taps, values)
  }

  /// The source pixels that count.
  var sources: Range<Int> {
    guard let first = taps.first, let last = taps.last else { return 0..<0 }
    return first.first..<(last.first + last.weights.count)
  }
}
