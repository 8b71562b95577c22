import Glibc

typealias Point = SIMD2<Float>
/// Red, green and blue from 0 to 1.
typealias Colour = SIMD3<Float>

/// A rectangle in drawing coordinates.
struct Box {
  let left, top, right, bottom: Float

  init(_ left: Float, _ top: Float, _ right: Float, _ bottom: Float) {
    (self.left, self.top, self.right, self.bottom) = (left, top, right, bottom)
  }

  init(centre: Point, radii: Point) {
    self.init(centre.x - radii.x, centre.y - radii.y, centre.x + radii.x, centre.y + radii.y)
  }

  var corners: [Point] {
    [Point(left, top), Point(right, top), Point(left, bottom), Point(right, bottom)]
  }
}

/// Where drawing coordinates lie on the canvas.
struct Frame {
  /// The pixel of the origin.
  var origin: Point
  /// Pixels per unit.
  var zoom: Float
  /// Clockwise, in radians.
  var tilt: Float

  func pixel(of point: Point) -> Point {
    origin + zoom * Point(cos(tilt) * point.x - sin(tilt) * point.y, sin(tilt) * point.x + cos(tilt) * point.y)
  }
}

/// A picture in the making: shapes are painted over each other, each given by its signed distance (negative inside),
/// from which the coverage of the pixels at its edge follows.
struct Canvas {
  let width: Int
  let height: Int
  var frame: Frame
  private(set) var pixels: [Colour]

  init(width: Int, height: Int, frame: Frame) {
    (self.width, self.height, self.frame) = (width, height, frame)
    pixels = [Colour](repeating: .zero, count: width * height)
  }

  /// Replaces every pixel by a function of its place on the canvas, not in drawing coordinates.
  mutating func mapPixels(_ change: (Colour, Point) -> Colour) {
    for y in 0..<height {
      for x in 0..<width { pixels[y * width + x] = change(pixels[y * width + x], Point(Float(x), Float(y))) }
    }
  }

  /// Paints a shape in one colour.
  /// - Parameters:
  ///   - softness: how many units the edge is wide, at least a pixel.
  ///   - box: the shape lies within it.
  mutating func paint(
    _ colour: Colour, opacity: Float = 1, softness: Float = 0, within box: Box, _ distance: (Point) -> Float
  ) {
    paint(opacity: opacity, softness: softness, within: box, colour: { _ in colour }, distance)
  }

  /// Paints a shape whose colour differs from place to place.
  mutating func paint(
    opacity: Float = 1, softness: Float = 0, within box: Box, colour: (Point) -> Colour, _ distance: (Point) -> Float
  ) {
    let (columns, rows) = covered(by: box, margin: 1 + softness * frame.zoom)
    let (right, down) = (
      Point(cos(frame.tilt), -sin(frame.tilt)) / frame.zoom, Point(sin(frame.tilt), cos(frame.tilt)) / frame.zoom
    )
    let sharpness = 1 / max(softness, 1 / frame.zoom)
    for y in rows {
      for x in columns {
        let offset = Point(Float(x), Float(y)) - frame.origin
        let point = right * offset.x + down * offset.y
        let coverage = opacity * min(max(0.5 - distance(point) * sharpness, 0), 1)
        guard coverage > 0 else { continue }
        pixels[y * width + x] += (colour(point) - pixels[y * width + x]) * coverage
      }
    }
  }

  /// The picture, rounded to 8 bits.
  func image() -> RGBImage {
    let bytes = [UInt8](unsafeUninitializedCapacity: width * height * 3) { buffer, count in
      for (index, pixel) in pixels.enumerated() {
        let level = (pixel.clamped(lowerBound: .zero, upperBound: .one) * 255).rounded(.toNearestOrAwayFromZero)
        for channel in 0..<3 { buffer[3 * index + channel] = UInt8(level[channel]) }
      }
      count = width * height * 3
    }
    return RGBImage(width: width, height: height, bytes: bytes)
  }

  private func covered(by box: Box, margin: Float) -> (columns: Range<Int>, rows: Range<Int>) {
    let corners = box.corners.map { frame.pixel(of: $0) }
    func range(_ places: [Float], _ length: Int) -> Range<Int> {
      let first = max(0, Int((places.min() ?? 0) - margin))
      let last = min(length, Int(max(0, (places.max() ?? 0) + margin)) + 1)
      return first..<max(first, last)
    }
    return (range(corners.map(\.x), width), range(corners.map(\.y), height))
  }
}
