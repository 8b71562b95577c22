internal import Foundation

/// A map of latents as the template `scatter` wants it, in a drawing of 600 x 420.
struct ScatterDrawing {
  struct Group {
    let name: String
    /// A place in the palette, and whether its marks are squares: two ways to tell groups apart.
    let colour: Int
    let isSquare: Bool
    let marks: [Mark]
  }

  /// A point, or a name in the middle of a group's points.
  struct Mark {
    let x: String
    let y: String
    let text: String
  }

  let title: String
  let caption: String
  let description: String
  let xName: String
  let yName: String
  let groups: [Group]
  let names: [Mark]

  /// The template's frame.
  private static let (left, right, top, bottom) = (12.0, 588.0, 12.0, 408.0)
  /// A letter of a name.
  private static let letter = (width: 8.0, height: 17.0)

  init(_ map: LatentMap) {
    let xAxis = Axis(map.points.map(\.x), from: Self.left, to: Self.right, padding: 0.02)
    let yAxis = Axis(map.points.map(\.y), from: Self.bottom, to: Self.top, padding: 0.02)
    title = map.latent == "core" ? "Core latent space" : "Latent space"
    xName = "first principal component, \(NumberText.percent(map.shares[0], 0)) of the variance"
    yName = "second, \(NumberText.percent(map.shares[1], 0))"
    caption =
      "Posterior means of \(map.points.count) \(map.split) rows along two principal components, coloured by "
      + "\(map.modality)."
    description = "\(caption) Classes: \(map.classNames.joined(separator: ", "))"
    let classes = map.classNames.indices.map { label in map.points.filter { $0.label == label } }
    let shown = classes.indices.filter { !classes[$0].isEmpty }
    groups = shown.map { label in
      Group(
        name: map.classNames[label], colour: label % ChartDrawing.colours, isSquare: label % 2 == 1,
        marks: classes[label].map {
          Mark(
            x: place(xAxis.place($0.x)), y: place(yAxis.place($0.y)), text: "\(map.classNames[label]), row \($0.row)")
        })
    }
    names = Self.apart(
      shown.map { label in
        let points = classes[label]
        return (
          map.classNames[label], x: xAxis.place(median(points.map(\.x))), y: yAxis.place(median(points.map(\.y)))
        )
      })
  }

  /// Moves a name below those that it would cover.
  private static func apart(_ names: [(text: String, x: Double, y: Double)]) -> [Mark] {
    var placed: [(text: String, x: Double, y: Double)] = []
    for var name in names.sorted(by: { $0.y < $1.y }) {
      for other in placed
      where abs(other.x - name.x) < letter.width * Double(other.text.count + name.text.count) / 2
        && abs(other.y - name.y) < letter.height
      {
        name.y = other.y + letter.height
      }
      placed.append(name)
    }
    return placed.map { Mark(x: place($0.x), y: place($0.y), text: $0.text) }
  }
}

/// - Precondition: there is a value.
private func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }
