/// What differs between faces of equal attributes.
struct FaceTraits: Sendable {
  let skin, hair, brow, iris, clothing, background, otherBackground, hat, lips, shadow: Colour
  /// Half the width of the jaw.
  let jaw: Float
  /// How far the features are to the side of the head's middle.
  let turn: Float
  /// Lower end of long hair.
  let hairEnd: Float
  let smile, opening: Float
  let hairPhase: Float
  let hasDarkLenses, hasBrim: Bool

  init(_ attributes: FaceAttributes, _ draws: inout SplitMix64) {
    let tone = draws.uniform(0...1)
    let paleness = draws.uniform(-0.02...0.02)
    skin =
      attributes.isPale
      ? Colour(0.98, 0.91, 0.88) + paleness
      : Colour(0.88, 0.69, 0.56) * (1 - tone) + Colour(0.45, 0.3, 0.21) * tone
    hair = Self.hairColour(attributes.hairColour) * draws.uniform(0.88...1.12)
    brow = attributes.isBald ? Colour(0.2, 0.14, 0.1) : hair * (attributes.hairColour == .blond ? 0.5 : 0.7)
    iris = draws.choose([Colour(0.25, 0.15, 0.08), Colour(0.25, 0.42, 0.6), Colour(0.3, 0.42, 0.25)])
    clothing = draws.colour(0.1...0.85)
    background = draws.colour(0.15...0.9)
    otherBackground = draws.colour(0.15...0.9)
    hat = draws.choose([
      Colour(0.75, 0.12, 0.14), Colour(0.12, 0.25, 0.62), Colour(0.1, 0.45, 0.3), Colour(0.9, 0.78, 0.2),
      Colour(0.5, 0.2, 0.55),
    ])
    lips = attributes.hasMakeup ? Colour(0.78, 0.08, 0.2) : skin * Colour(0.88, 0.66, 0.64)
    shadow = draws.choose([Colour(0.38, 0.2, 0.45), Colour(0.25, 0.3, 0.5), Colour(0.42, 0.24, 0.18)])
    jaw = draws.uniform(34...38) + (attributes.isMale ? 5 : 0)
    turn = draws.uniform(-5...5)
    hairEnd = draws.uniform(60...105)
    smile = attributes.smiles ? draws.uniform(6...9) : draws.uniform(-2...1)
    let gape = draws.uniform(7...11)
    opening = attributes.hasOpenMouth ? gape : 0
    hairPhase = draws.uniform(0...6)
    hasDarkLenses = draws.chance(0.3)
    hasBrim = draws.chance(0.6)
  }

  private static func hairColour(_ colour: FaceAttributes.HairColour?) -> Colour {
    switch colour {
    case .black: Colour(0.06, 0.05, 0.06)
    case .blond: Colour(0.88, 0.73, 0.42)
    case .brown: Colour(0.34, 0.21, 0.12)
    case .gray: Colour(0.68, 0.68, 0.7)
    case nil: Colour(0.62, 0.23, 0.1)
    }
  }
}
