extension FaceDrawing {
  /// Everything within the outline of the face; moves to the side as the head turns.
  mutating func drawFeatures() {
    withTurn { drawing in
      if drawing.attributes.hasMakeup { drawing.drawMakeup() }
      for side: Float in [-1, 1] {
        drawing.drawEye(side)
        drawing.drawBrow(side)
      }
      drawing.drawNose()
      drawing.drawMouth()
      if drawing.attributes.hasMustache { drawing.drawMustache() }
    }
  }

  mutating func drawGlasses() {
    withTurn { drawing in
      let rim = Colour(0.08, 0.07, 0.08)
      for side: Float in [-1, 1] {
        let centre = Point(19 * side, 1)
        let (radii, box) = (Point(14.5, 11.5), Box(centre: centre, radii: Point(17, 14)))
        let glass = drawing.traits.hasDarkLenses ? Colour(0.1, 0.1, 0.12) : Colour(0.85, 0.9, 0.95)
        drawing.canvas.paint(glass, opacity: drawing.traits.hasDarkLenses ? 0.9 : 0.22, within: box) {
          Shapes.ellipse($0, centre, radii)
        }
        drawing.canvas.paint(rim, within: box) { abs(Shapes.ellipse($0, centre, radii)) - 1.5 }
        drawing.canvas.paint(rim, within: Box(-50, -8, 50, 4)) {
          Shapes.line($0, Point(33 * side, -1), Point(45 * side, -4), halfWidth: 1.4)
        }
      }
      drawing.canvas.paint(rim, within: Box(-6, -4, 6, 4)) {
        Shapes.bow($0, Point(0, -2), halfLength: 5, drop: 2, halfWidth: 1.4)
      }
    }
  }

  mutating func drawHat() {
    let hat = traits.hat
    let dome: (Point) -> Float = { Shapes.ellipse($0, Point(0, -32), Point(54, 48)) }
    let cloth: (Point) -> Colour = { hat * (1.08 - 0.25 * abs($0.x) / 54) }
    canvas.paint(within: Box(-56, -82, 56, -22), colour: cloth) {
      max(dome($0), $0.y + 26)
    }
    canvas.paint(hat * 0.55, within: Box(-56, -38, 56, -22)) { max(dome($0), abs($0.y + 31) - 5) }
    guard traits.hasBrim else { return }
    canvas.paint(hat * 0.8, within: Box(-68, -34, 68, -16)) {
      Shapes.bow($0, Point(0, -27), halfLength: 66, drop: 5, halfWidth: 5, taper: 0.6)
    }
  }

  private mutating func withTurn(_ draw: (inout FaceDrawing) -> Void) {
    let origin = canvas.frame.origin
    canvas.frame.origin = canvas.frame.pixel(of: Point(traits.turn, 0))
    draw(&self)
    canvas.frame.origin = origin
  }

  /// Blush and eye shadow; lips and lashes are drawn with the mouth and the eyes.
  private mutating func drawMakeup() {
    for side: Float in [-1, 1] {
      let (cheek, lid) = (Point(25 * side, 24), Point(19 * side, -4))
      canvas.paint(
        Colour(0.9, 0.35, 0.38), opacity: 0.38, softness: 10, within: Box(centre: cheek, radii: Point(18, 14))
      ) {
        Shapes.ellipse($0, cheek, Point(12, 8))
      }
      canvas.paint(traits.shadow, opacity: 0.75, softness: 3, within: Box(centre: lid, radii: Point(14, 10))) {
        Shapes.ellipse($0, lid, Point(11, 7))
      }
    }
  }

  private mutating func drawEye(_ side: Float) {
    let centre = Point(19 * side, 0)
    let height: Float = attributes.smiles ? 3.6 : 4.6
    let box = Box(centre: centre, radii: Point(11, 9))
    let white: (Point) -> Float = { Shapes.ellipse($0, centre, Point(8, height)) }
    canvas.paint(Colour(0.96, 0.95, 0.93), within: box, white)
    canvas.paint(traits.iris, within: box) { max(Shapes.ellipse($0, centre, Point(4, 4)), white($0)) }
    canvas.paint(Colour(0.03, 0.03, 0.03), within: box) {
      max(Shapes.ellipse($0, centre, Point(1.8, 1.8)), white($0))
    }
    canvas.paint(.one, within: box) { Shapes.ellipse($0, centre + Point(1.3, -1.4), Point(0.9, 0.9)) }
    let lash: Float = attributes.hasMakeup ? 1.6 : 0.8
    canvas.paint(Colour(0.1, 0.06, 0.05), opacity: attributes.hasMakeup ? 1 : 0.7, within: box) {
      Shapes.bow($0, centre + Point(0, -height), halfLength: 9, drop: height, halfWidth: lash)
    }
  }

  private mutating func drawBrow(_ side: Float) {
    let centre = Point(19 * side, attributes.isMale ? -12 : -14)
    let halfLength: Float = attributes.hasBushyBrows ? 14 : 11
    let halfWidth: Float = attributes.hasBushyBrows ? 4 : 1.3
    let colour = attributes.hasBushyBrows ? traits.brow * 0.8 : traits.brow
    canvas.paint(
      colour, opacity: attributes.hasBushyBrows ? 0.96 : 0.8, within: Box(centre: centre, radii: Point(16, 10))
    ) {
      Shapes.bow($0, centre, halfLength: halfLength, drop: 3, halfWidth: halfWidth, taper: 0.5)
    }
  }

  private mutating func drawNose() {
    let skin = traits.skin
    canvas.paint(skin * 0.8, opacity: 0.5, softness: 4, within: Box(-8, -4, 10, 24)) {
      Shapes.line($0, Point(4, 0), Point(6, 20), halfWidth: 1.5)
    }
    canvas.paint(skin * 1.12, opacity: 0.5, softness: 6, within: Box(-8, 12, 8, 28)) {
      Shapes.ellipse($0, Point(-0.5, 20), Point(5, 5))
    }
    for side: Float in [-1, 1] {
      let nostril = Point(4.5 * side, 26)
      canvas.paint(skin * 0.45, opacity: 0.8, within: Box(centre: nostril, radii: Point(3, 2))) {
        Shapes.ellipse($0, nostril, Point(2.6, 1.5))
      }
    }
    guard attributes.smiles else { return }
    canvas.paint(skin * 0.72, opacity: 0.6, softness: 2, within: Box(-28, 24, 28, 44)) {
      Shapes.line(Point(abs($0.x), $0.y), Point(12, 26), Point(24, 40), halfWidth: 1)
    }
  }

  private mutating func drawMouth() {
    let halfWidth: Float = attributes.smiles ? 20 : 14
    let (smile, opening) = (traits.smile, traits.opening)
    let full: Float = attributes.isMale ? 2.6 : 4
    let box = Box(-halfWidth, 30, halfWidth, 66)
    /// How far a point lies outside of the area between `above` and `below` the line of the mouth, both in its middle.
    func band(_ point: Point, above: Float, below: Float) -> Float {
      let t = point.x / halfWidth
      let bulge = 1 - t * t
      let line = 42 + (smile - 0.4 * smile) * bulge - 0.6 * smile * (1 - bulge)
      let y = point.y - line
      return max(-above * bulge - y, max(y - below * bulge, abs(point.x) - halfWidth))
    }
    let (top, bottom) = (opening * 0.35, opening * 0.65)
    canvas.paint(traits.lips, within: box) { band($0, above: top + full + 0.6, below: bottom + full * 1.3 + 0.6) }
    canvas.paint(Colour(0.25, 0.05, 0.06), within: box) { band($0, above: top + 0.6, below: bottom + 0.6) }
    guard opening > 0 else { return }
    canvas.paint(Colour(0.97, 0.96, 0.93), within: box) { band($0, above: top - 0.5, below: bottom - opening * 0.45) }
  }

  private mutating func drawMustache() {
    canvas.paint(traits.brow * 0.9, opacity: 0.94, within: Box(-22, 26, 22, 50)) {
      Shapes.bow($0, Point(0, 33), halfLength: 20, drop: 7 - traits.smile * 0.5, halfWidth: 4.6, taper: 0.45)
    }
  }
}
