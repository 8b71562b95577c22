internal import Foundation

/// A map of latents as the template `scatter` wants it.
struct ScatterDrawing {
  struct Group {
    let name: String
    /// A place in the palette, and whether its marks are squares: two ways to tell groups apart.
    let colour: Int
    let isSquare: Bool
    let marks: [Mark]
    /// Where its name stands, in the middle of its points.
    let nameX: String
    let nameY: String
  }

  struct Mark {
    let x: String
    let y: String
    let text: String
  }

  let title: String
  let description: String
  let xName: String
  let yName: String
  let groups: [Group]

  /// Colours of the palette.
  static let colours = 10
  /// The template's drawing.
  private static let (left, right, top, bottom) = (12.0, 588.0, 12.0, 408.0)

  init(_ map: LatentMap) {
    let xAxis = Axis(map.points.map(\.x), from: Self.left, to: Self.right, padding: 0.02)
    let yAxis = Axis(map.points.map(\.y), from: Self.bottom, to: Self.top, padding: 0.02)
    title = map.latent == "core" ? "Core latent space" : "Latent space"
    xName = "first principal component, \(NumberText.percent(map.shares[0], 0)) of the variance"
    yName = "second, \(NumberText.percent(map.shares[1], 0))"
    description =
      "Posterior means of \(map.points.count) \(map.split) rows along two principal components, coloured by "
      + "\(map.modality): \(map.classNames.joined(separator: ", "))"
    groups = map.classNames.enumerated().compactMap { label, name in
      let points = map.points.filter { $0.label == label }
      guard !points.isEmpty else { return nil }
      return Group(
        name: name, colour: label % Self.colours, isSquare: label % 2 == 1,
        marks: points.map {
          Mark(x: place(xAxis.place($0.x)), y: place(yAxis.place($0.y)), text: "\(name), row \($0.row)")
        },
        nameX: place(xAxis.place(median(points.map(\.x)))), nameY: place(yAxis.place(median(points.map(\.y)))))
    }
  }
}

/// - Precondition: there is a value.
private func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }
