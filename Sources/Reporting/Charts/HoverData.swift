internal import Foundation

/// What the page's script needs to tell the values under the pointer.
struct HoverData: Encodable {
  private struct Curve: Encodable {
    let name: String
    let colour: Int
    let isDashed: Bool
    /// Places in the drawing.
    let x: [Double]
    /// What lies there, such as `epoch 3`. Curves have a point in common where this is the same.
    let at: [String]
    let texts: [String]
  }

  private let curves: [Curve]

  init(_ series: [LineChart.Series], _ xAxis: Axis, xName: String, digits: Int) {
    curves = series.map { series in
      let seen = series.points.filter { Axis.shows($0.y) }
      return Curve(
        name: series.name, colour: series.colour, isDashed: series.isDashed,
        x: seen.map { (xAxis.place($0.x) * 100).rounded() / 100 },
        at: seen.map { $0.text(xName) }, texts: seen.map { NumberText.fixed($0.y, digits) })
    }
  }

  /// Everything in it is finite.
  var json: String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    guard let data = try? encoder.encode(self) else { preconditionFailure("hover data cannot be encoded") }
    return String(decoding: data, as: UTF8.self)
  }
}
