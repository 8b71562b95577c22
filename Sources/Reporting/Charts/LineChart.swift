/// Curves over a common axis.
package struct LineChart: Sendable {
  package struct Series: Sendable {
    package let name: String
    /// Its colour, a place in the palette.
    package let colour: Int
    /// Tells it from one of the same colour.
    package let isDashed: Bool
    /// By ascending x; a y that is no finite number is a gap.
    package let points: [Point]

    package init(_ name: String, colour: Int, isDashed: Bool = false, _ points: [Point]) {
      (self.name, self.colour, self.isDashed, self.points) = (name, colour, isDashed, points)
    }
  }

  package struct Point: Sendable {
    package let x: Double
    package let y: Double
    /// Of a mean: the x of the first of the points that it is of, and their number. Its own x is that of the last.
    fileprivate var group: (first: Double, count: Int)?

    package init(_ x: Double, _ y: Double) { (self.x, self.y) = (x, y) }

    /// Where it lies, such as `epoch 3`, or `mean of 7, step 601 to 1200`.
    func text(_ xName: String) -> String {
      let end = NumberText.fixed(x, 0)
      guard let group else { return "\(xName) \(end)" }
      return "mean of \(NumberText.count(group.count)), \(xName) \(NumberText.fixed(group.first, 0)) to \(end)"
    }
  }

  package var title: String
  /// What x counts, such as `epoch`.
  package var xName: String
  /// What y is measured in, such as `nats`.
  package var unit: String
  package var series: [Series]
  /// What a shaded part of the x axis is, and where.
  package var band: Band?
  /// Whether the axis of y begins at 0.
  package var startsAtZero = false

  /// From the left end of the axis to an x.
  package struct Band: Sendable {
    package let name: String
    package let end: Double

    package init(_ name: String, upTo end: Double) { (self.name, self.end) = (name, end) }
  }

  package init(_ title: String, xName: String = "epoch", unit: String, series: [Series], band: Band? = nil) {
    (self.title, self.xName, self.unit, self.band) = (title, xName, unit, band)
    self.series = series.filter { !$0.points.isEmpty }
  }
}

extension LineChart.Series {
  /// Its points, or means of neighbouring ones if they are more than could be told apart.
  func thinned(to most: Int) -> LineChart.Series {
    guard points.count > most else { return self }
    let size = (points.count + most - 1) / most
    let means = stride(from: 0, to: points.count, by: size).map { start in
      let part = points[start..<min(start + size, points.count)]
      guard part.count > 1 else { return part.first! }
      var mean = LineChart.Point(part.last!.x, part.map(\.y).reduce(0, +) / Double(part.count))
      mean.group = (part.first!.x, part.count)
      return mean
    }
    return LineChart.Series(name, colour: colour, isDashed: isDashed, means)
  }
}
