import Storage

/// Mean and standard deviation (that of all rows, divided by their number) of each entry, in two passes over the rows.
struct Moments {
  private let entries: [Int]
  private let scale: Double
  private var sums: [Double]
  private var counts: [Double]
  private var mean: [Double]?
  private var deviation: [Double]

  /// - Parameters:
  ///   - entries: that each number of a row belongs to.
  ///   - scale: a number times this is the observed one.
  init(entries: [Int], scale: Double) {
    (self.entries, self.scale) = (entries, scale)
    let count = (entries.last ?? -1) + 1
    (sums, counts) = ([Double](repeating: 0, count: count), [Double](repeating: 0, count: count))
    deviation = [Double](repeating: 1, count: count)
  }

  mutating func add(_ row: [Double]) {
    for (number, entry) in zip(row, entries) {
      let difference = number * scale - (mean?[entry] ?? 0)
      sums[entry] += mean == nil ? difference : difference * difference
      counts[entry] += 1
    }
  }

  /// After the first pass there are means, after the second deviations.
  mutating func endPass() {
    let averages = zip(sums, counts).map { $1 == 0 ? 0 : $0 / $1 }
    if let mean {
      // What differs by less is the same once it is stored as `float32`.
      deviation = zip(averages, mean).map { $0.squareRoot() <= abs($1) * 6e-8 ? 1 : $0.squareRoot() }
    } else {
      mean = averages
    }
    sums = sums.map { _ in 0 }
    counts = counts.map { _ in 0 }
  }

  var standardization: Standardization { Standardization(mean: mean ?? [], deviation: deviation) }
}
