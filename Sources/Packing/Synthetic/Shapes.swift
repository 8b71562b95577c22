/// Signed distances of simple shapes, negative inside. Exact for lines, and close near the edge for the others.
enum Shapes {
  static func ellipse(_ point: Point, _ centre: Point, _ radii: Point) -> Float {
    let scaled = (point - centre) / radii
    let length = norm(scaled)
    let slope = norm(scaled / radii)
    return slope > 0 ? (length - 1) * length / slope : -min(radii.x, radii.y)
  }

  /// A straight stroke with round ends.
  static func line(_ point: Point, _ a: Point, _ b: Point, halfWidth: Float) -> Float {
    let (along, offset) = (b - a, point - a)
    let part = min(max((along * offset).sum() / (along * along).sum(), 0), 1)
    return norm(offset - along * part) - halfWidth
  }

  /// A stroke along the parabola through `centre` whose ends are `halfLength` to either side and `drop` lower.
  /// - Parameter taper: how much thinner the ends are, from 0 to 1.
  static func bow(
    _ point: Point, _ centre: Point, halfLength: Float, drop: Float, halfWidth: Float, taper: Float = 0
  ) -> Float {
    let t = (point.x - centre.x) / halfLength
    let slope = 2 * drop * t / halfLength
    let across = abs(point.y - centre.y - drop * t * t) / (1 + slope * slope).squareRoot()
    return max(across - halfWidth * (1 - taper * min(t * t, 1)), abs(point.x - centre.x) - halfLength)
  }

  private static func norm(_ vector: Point) -> Float { (vector * vector).sum().squareRoot() }
}
