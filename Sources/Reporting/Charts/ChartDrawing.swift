/// A chart as the template `chart` wants it: places in a drawing of 400 x 240, texts not yet escaped.
package struct ChartDrawing {
  package struct Tick {
    package let at: String
    /// Where its text stands, on the other axis.
    package let textAt: String
    package let text: String
  }

  package struct Key {
    package let name: String
    package let colour: Int
    package let isDashed: Bool
  }

  package struct Curve {
    package let colour: Int
    package let isDashed: Bool
    /// The `d` of an SVG path; a gap begins a new piece.
    package let path: String
    package let dots: [Dot]
    /// Whether dots are seen or only hovered over.
    package let showsDots: Bool
  }

  package struct Dot {
    package let x: String
    package let y: String
    package let text: String
  }

  package struct Band {
    package let left: String
    package let width: String
    package let name: String
  }

  package let title: String
  package let description: String
  package let xName: String
  package let unit: String
  package let keys: [Key]
  package let bands: [Band]
  package let xTicks: [Tick]
  package let yTicks: [Tick]
  package let curves: [Curve]
  /// What the script of the page reads, as JSON.
  package let hover: String
  package let left: String
  package let xNameAt: String

  /// Colours of the page's palette.
  static let colours = 10
  /// Where the template draws the ends of the axes.
  private static let (right, top, bottom) = (388.0, 26.0, 200.0)
  private static let mostPoints = 600
  private static let mostDots = 40
  private static let digitWidth = 6.6

  package init(_ chart: LineChart) {
    let series = chart.series.map { $0.thinned(to: Self.mostPoints) }
    let points = series.flatMap(\.points)
    let low = chart.startsAtZero ? [0.0] : []
    let yAxis = Axis(points.map(\.y) + low, from: Self.bottom, to: Self.top, padding: chart.startsAtZero ? 0.02 : 0.05)
    let yTicks = Ticks(yAxis.domain, count: 7)
    let labels = yTicks.values.map { NumberText.fixed($0, yTicks.digits) }
    let left = 14 + Self.digitWidth * Double(labels.map(\.count).max() ?? 1)
    let xAxis = Axis(points.map(\.x), from: left, to: Self.right, padding: 0.01)

    (title, xName, unit) = (chart.title, chart.xName, chart.unit)
    (self.left, xNameAt) = (place(left), place((left + Self.right) / 2))
    keys = series.map { Key(name: $0.name, colour: $0.colour, isDashed: $0.isDashed) }
    bands = chart.band.map { [Band($0, xAxis, to: Self.right)] } ?? []
    self.yTicks = zip(yTicks.values, labels).map {
      Tick(at: place(yAxis.place($0)), textAt: place(left - 7), text: $1)
    }
    self.xTicks = Ticks(xAxis.domain, count: 6, isWhole: true).values.map {
      Tick(at: place(xAxis.place($0)), textAt: place(Self.bottom + 16), text: NumberText.fixed($0, 0))
    }
    // One digit more than the axis tells, for what is read off.
    let digits = min(yTicks.digits + 1, 6)
    curves = series.map { Curve($0, xAxis, yAxis, chart.xName, digits, mostDots: Self.mostDots) }
    description = Self.describe(chart, digits)
    hover = HoverData(series, xAxis, xName: chart.xName, digits: digits).json
  }

  private static func describe(_ chart: LineChart, _ digits: Int) -> String {
    let parts = chart.series.map { series in
      let seen = series.points.filter { Axis.shows($0.y) }
      guard let first = seen.first, let last = seen.last else { return "\(series.name): no finite value" }
      func text(_ point: LineChart.Point) -> String {
        "\(NumberText.fixed(point.y, digits)) at \(point.text(chart.xName))"
      }
      return "\(series.name): from \(text(first)) to \(text(last))"
    }
    return "\(chart.title) in \(chart.unit). " + parts.joined(separator: "; ")
  }
}
