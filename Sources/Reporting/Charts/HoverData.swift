internal import Foundation

/// What the page's script needs to tell the values under the pointer.
struct HoverData: Encodable {
  private struct Curve: Encodable {
    let name: String
    let colour: Int
    /// Places in the drawing.
    let x: [Double]
    let y: [Double]
    let texts: [String]
  }

  private let xName: String
  /// From places back to numbers: x = xFirst + place * xScale.
  private let xFirst: Double
  private let xScale: Double
  private let curves: [Curve]

  init(_ series: [LineChart.Series], _ xAxis: Axis, _ yAxis: Axis, xName: String, digits: Int) {
    self.xName = xName
    xScale = (xAxis.domain.upperBound - xAxis.domain.lowerBound) / (xAxis.end - xAxis.start)
    xFirst = xAxis.domain.lowerBound - xAxis.start * xScale
    curves = series.map { series in
      let seen = series.points.filter { Axis.shows($0.y) }
      return Curve(
        name: series.name, colour: series.colour, x: seen.map { Self.rounded(xAxis.place($0.x), 100) },
        y: seen.map { Self.rounded(yAxis.place($0.y), 10) }, texts: seen.map { NumberText.fixed($0.y, digits) })
    }
  }

  private static func rounded(_ value: Double, _ parts: Double) -> Double { (value * parts).rounded() / parts }

  /// Everything in it is finite.
  var json: String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    guard let data = try? encoder.encode(self) else { preconditionFailure("hover data cannot be encoded") }
    return String(decoding: data, as: UTF8.self)
  }
}
