internal import Kernels
internal import Models

/// Predictions of one row, each of equal weight.
struct PredictedDraws {
  private let width: Int
  private var values: [Float]
  /// The draw of latents that each is made from, ascending.
  private var picks: [Int] = []
  private var done = 0

  init(width: Int, count: Int) {
    self.width = width
    values = [Float](repeating: 0, count: width * count)
  }

  mutating func begin(_ picks: [Int]) { (self.picks, done) = (picks, 0) }

  /// - Parameter means: of the distributions of the draws in `range`.
  mutating func add(
    _ range: Range<Int>, _ means: Matrix, _ likelihood: Likelihood, _ random: (_ place: Int) -> RandomSequence
  ) {
    while done < picks.count && picks[done] < range.upperBound {
      var numbers = random(done)
      let row = picks[done] - range.lowerBound
      values.withUnsafeMutableBufferPointer {
        guard let base = $0.baseAddress else { return }
        likelihood.draw(means: means.rows(row..<row + 1), into: base + done * width, &numbers)
      }
      done += 1
    }
  }

  subscript(place: Int) -> [Float] { Array(values[place * width..<(place + 1) * width]) }

  /// The middle of each value; not a number if one of them is none.
  var middle: [Double] {
    (0..<width).map { i in
      let column = (0..<picks.count).map { values[$0 * width + i] }
      guard !column.contains(where: \.isNaN) else { return .nan }
      return Double(column.sorted()[picks.count / 2])
    }
  }
}
