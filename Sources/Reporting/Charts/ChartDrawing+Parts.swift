internal import Foundation

/// A coordinate with as many decimals as can be seen.
func place(_ value: Double) -> String { String(format: "%.1f", value) }

extension ChartDrawing.Band {
  init(_ band: LineChart.Band, _ axis: Axis, to right: Double) {
    let end = min(max(axis.place(band.end), axis.start), right)
    (left, width, name) = (place(axis.start), place(end - axis.start), band.name)
  }
}

extension ChartDrawing.Curve {
  init(
    _ series: LineChart.Series, _ xAxis: Axis, _ yAxis: Axis, _ xName: String, _ digits: Int, mostDots: Int
  ) {
    (colour, isDashed) = (series.colour, series.isDashed)
    var path = ""
    var isOpen = false
    for point in series.points {
      if Axis.shows(point.y) {
        path += "\(isOpen ? "L" : "M")\(place(xAxis.place(point.x))) \(place(yAxis.place(point.y)))"
      }
      isOpen = Axis.shows(point.y)
    }
    self.path = path
    showsDots = series.points.count <= mostDots
    let seen = series.points.filter { Axis.shows($0.y) }
    let every = (seen.count + mostDots - 1) / mostDots
    dots = stride(from: 0, to: seen.count, by: max(every, 1)).map { index in
      let point = seen[index]
      return ChartDrawing.Dot(
        x: place(xAxis.place(point.x)), y: place(yAxis.place(point.y)),
        text: "\(point.text(xName)), \(series.name): \(NumberText.fixed(point.y, digits))")
    }
  }
}
