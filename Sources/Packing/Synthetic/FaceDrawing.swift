import Glibc

/// Draws a face: units are about pixels of an aligned CelebA picture, the origin lies between the eyes, y points down.
package struct FaceDrawing {
  let attributes: FaceAttributes
  let traits: FaceTraits
  var canvas: Canvas

  static let width = 178
  static let height = 218

  /// Draws the face of a generator.
  package static func draw(_ attributes: FaceAttributes, _ draws: inout SplitMix64) -> RGBImage {
    let traits = FaceTraits(attributes, &draws)
    let frame = Frame(
      origin: Point(89 + draws.uniform(-4...4), 112 + draws.uniform(-4...4)), zoom: draws.uniform(0.93...1.06),
      tilt: draws.uniform(-0.12...0.12))
    var drawing = FaceDrawing(
      attributes: attributes, traits: traits, canvas: Canvas(width: width, height: height, frame: frame))
    drawing.drawBackground(&draws)
    drawing.drawBody()
    drawing.drawHead()
    drawing.drawFeatures()
    drawing.drawHair()
    if attributes.wearsHat { drawing.drawHat() }
    if attributes.wearsGlasses { drawing.drawGlasses() }
    drawing.light(&draws)
    return drawing.canvas.image()
  }

  /// A gradient with a few blurred blobs.
  private mutating func drawBackground(_ draws: inout SplitMix64) {
    let (one, other) = (traits.background, traits.otherBackground)
    canvas.mapPixels { _, point in one + (other - one) * ((point.x / 178 + point.y / 218) / 2) }
    for _ in 0..<3 {
      let centre = Point(draws.uniform(-90...90), draws.uniform(-110...100))
      let radii = Point(draws.uniform(15...40), draws.uniform(15...40))
      canvas.paint(
        draws.colour(0.1...0.95), opacity: 0.5, softness: 30, within: Box(centre: centre, radii: radii + 15)
      ) { Shapes.ellipse($0, centre, radii) }
    }
  }

  private mutating func drawBody() {
    if !attributes.isMale && !attributes.isBald { drawBackHair() }
    let neck: Float = attributes.isMale ? 27 : 20
    canvas.paint(traits.skin * 0.78, within: Box(-neck, 30, neck, 110)) {
      Shapes.line($0, Point(0, 40), Point(0, 110), halfWidth: neck)
    }
    let shoulders = Point(attributes.isMale ? 96 : 80, 40)
    canvas.paint(traits.clothing, within: Box(-100, 80, 100, 130)) {
      max(Shapes.ellipse($0, Point(0, 122), shoulders), -Shapes.ellipse($0, Point(0, 80), Point(neck + 3, 22)))
    }
  }

  private mutating func drawHead() {
    let (skin, jaw) = (traits.skin, traits.jaw)
    for side: Float in [-1, 1] {
      let ear = Point(44 * side, 4)
      canvas.paint(skin * 0.85, within: Box(centre: ear, radii: Point(7, 12))) {
        Shapes.ellipse($0, ear, Point(7, 12))
      }
    }
    let shading: (Point) -> Colour = { skin * (1.04 - 0.14 * pow(abs($0.x) / 44, 2) - 0.0008 * $0.y) }
    canvas.paint(within: Box(-46, -62, 46, 70), colour: shading) {
      min(Shapes.ellipse($0, Point(0, -8), Point(44, 53)), Shapes.ellipse($0, Point(0, 12), Point(jaw, 56)))
    }
    if attributes.isBald {
      canvas.paint(skin * 1.2 + 0.05, opacity: 0.5, softness: 10, within: Box(-24, -58, 4, -36)) {
        Shapes.ellipse($0, Point(-10, -46), Point(14, 8))
      }
    }
  }

  /// A side light, a tint, and a little noise.
  private mutating func light(_ draws: inout SplitMix64) {
    let slope = Point(draws.uniform(-0.18...0.18), draws.uniform(-0.1...0.1))
    let tint = Colour(draws.uniform(0.95...1.05), 1, draws.uniform(0.95...1.05)) * draws.uniform(0.88...1.08)
    var noise = draws
    canvas.mapPixels { colour, point in
      let offset = (point - Point(89, 109)) / 100
      let gain = 1 + (slope * offset).sum()
      return colour * tint * gain + noise.uniform(-0.015...0.015)
    }
    draws = noise
  }
}
