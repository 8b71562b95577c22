import Glibc

extension FaceDrawing {
  /// Hair that hangs behind the neck.
  mutating func drawBackHair() {
    let (end, ripple) = (traits.hairEnd, ripple)
    canvas.paint(within: Box(-68, -75, 68, end + 12), colour: hairColours(darkness: 0.72)) { point in
      let dome = Shapes.ellipse(point, Point(0, -14), Point(53, 59))
      let width = 52 + 6 * max(0, point.y) / end
      let curtain = max(abs(point.x) - width, max(-14 - point.y, point.y - end))
      return min(dome, curtain) + ripple(point)
    }
  }

  /// Hair around the face: a cap from which the face is cut out, and a fringe.
  mutating func drawHair() {
    guard !attributes.isBald else { return }
    let (ripple, opening) = (ripple, faceOpening)
    let end: Float = attributes.isMale ? 4 : traits.hairEnd * 0.8
    canvas.paint(within: Box(-64, -78, 64, end + 6), colour: hairColours(darkness: 1)) { point in
      let cap = Shapes.ellipse(point, Point(0, -14), Point(51, 59))
      let lock = max(abs(point.x) - 55, -14 - point.y)
      return max(max(min(cap, lock) + ripple(point), -opening(point)), point.y - end)
    }
    if attributes.hasBangs { drawBangs() }
  }

  private mutating func drawBangs() {
    let phase = traits.hairPhase
    canvas.paint(within: Box(-46, -62, 46, -8), colour: hairColours(darkness: 0.92)) { point in
      let edge = -15 + 3 * sin(point.x * 0.55 + phase)
      return max(Shapes.ellipse(point, Point(0, -14), Point(46, 54)), point.y - edge)
    }
  }

  /// What the hair leaves free: higher and with bays at the temples if the hairline recedes.
  private var faceOpening: (Point) -> Float {
    let width = traits.jaw + 1
    guard attributes.hasRecedingHairline else { return { Shapes.ellipse($0, Point(0, 22), Point(width, 58)) } }
    return { point in
      let face = Shapes.ellipse(point, Point(0, 14), Point(width + 2, 66))
      let bays = Shapes.ellipse(Point(abs(point.x), point.y), Point(25, -42), Point(15, 21))
      return min(face, max(bays, Shapes.ellipse(point, Point(0, -8), Point(44, 53))))
    }
  }

  /// What waves add to the outline.
  private var ripple: (Point) -> Float {
    let phase = traits.hairPhase
    guard attributes.hairShape == .wavy else { return { _ in 0 } }
    return { 3.5 * sin($0.y * 0.33 + phase + ($0.x > 0 ? 1 : 0)) * cos($0.x * 0.2) - 2 }
  }

  /// Strands: straight ones, waves, or none to be seen.
  private func hairColours(darkness: Float) -> (Point) -> Colour {
    let (colour, phase) = (traits.hair * darkness, traits.hairPhase)
    switch attributes.hairShape {
    case .straight: return { colour * (1 + 0.28 * sin($0.x * 0.95 + phase)) + 0.03 * max(0, sin($0.x * 0.95)) }
    case .wavy:
      return { point in
        let strand = sin(point.x * 0.5 + 2.4 * sin(point.y * 0.33 + phase))
        return colour * (1 + 0.35 * strand) + 0.05 * max(0, strand)
      }
    case nil: return { colour * (1 - 0.0025 * $0.y) }
    }
  }
}
