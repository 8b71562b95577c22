/// What is to be seen in a drawn face: the paper's attributes, as sensible together as those of real faces.
package struct FaceAttributes: Equatable, Sendable {
  /// The attributes of `list_attr_celeba.txt`, in its order.
  package static let names = [
    "5_o_Clock_Shadow", "Arched_Eyebrows", "Attractive", "Bags_Under_Eyes", "Bald", "Bangs", "Big_Lips", "Big_Nose",
    "Black_Hair", "Blond_Hair", "Blurry", "Brown_Hair", "Bushy_Eyebrows", "Chubby", "Double_Chin", "Eyeglasses",
    "Goatee", "Gray_Hair", "Heavy_Makeup", "High_Cheekbones", "Male", "Mouth_Slightly_Open", "Mustache",
    "Narrow_Eyes", "No_Beard", "Oval_Face", "Pale_Skin", "Pointy_Nose", "Receding_Hairline", "Rosy_Cheeks",
    "Sideburns", "Smiling", "Straight_Hair", "Wavy_Hair", "Wearing_Earrings", "Wearing_Hat", "Wearing_Lipstick",
    "Wearing_Necklace", "Wearing_Necktie", "Young",
  ]

  package enum HairColour: String, CaseIterable, Sendable {
    case black = "Black_Hair"
    case blond = "Blond_Hair"
    case brown = "Brown_Hair"
    case gray = "Gray_Hair"
  }

  package enum HairShape: String, CaseIterable, Sendable {
    case straight = "Straight_Hair"
    case wavy = "Wavy_Hair"
  }

  package var isMale: Bool
  package var isBald: Bool
  /// None for a bald head, and for red hair, which has no attribute.
  package var hairColour: HairColour?
  package var hairShape: HairShape?
  package var hasBangs, hasRecedingHairline, wearsHat: Bool
  package var hasBushyBrows, wearsGlasses, hasMustache, hasMakeup, isPale: Bool
  package var smiles, hasOpenMouth: Bool

  package init(_ draws: inout SplitMix64) {
    isMale = draws.chance(0.42)
    isBald = isMale && draws.chance(0.1)
    hairColour = isBald ? nil : Self.drawHairColour(isMale: isMale, &draws)
    hairShape = isBald ? nil : Self.drawHairShape(isMale: isMale, &draws)
    wearsHat = draws.chance(0.08)
    hasBangs = !isBald && !wearsHat && draws.chance(isMale ? 0.06 : 0.25)
    hasRecedingHairline = !isBald && !wearsHat && !hasBangs && draws.chance(isMale ? 0.2 : 0.05)
    hasBushyBrows = draws.chance(isMale ? 0.3 : 0.06)
    wearsGlasses = draws.chance(isMale ? 0.18 : 0.06)
    hasMustache = isMale && draws.chance(0.2)
    hasMakeup = !isMale && draws.chance(0.65)
    isPale = draws.chance(isMale ? 0.05 : 0.12)
    smiles = draws.chance(isMale ? 0.4 : 0.55)
    hasOpenMouth = draws.chance(smiles ? 0.7 : 0.25)
  }

  private static func drawHairColour(isMale: Bool, _ draws: inout SplitMix64) -> HairColour? {
    let gray: Float = isMale ? 0.12 : 0.03
    let blond: Float = isMale ? 0.1 : 0.28
    switch draws.uniform(0...1) {
    case ..<gray: return .gray
    case ..<(gray + blond): return .blond
    case ..<(gray + blond + 0.3): return .black
    case ..<(gray + blond + 0.55): return .brown
    default: return nil
    }
  }

  private static func drawHairShape(isMale: Bool, _ draws: inout SplitMix64) -> HairShape? {
    switch draws.uniform(0...1) {
    case ..<0.25: .straight
    case ..<(isMale ? 0.4 : 0.75): .wavy
    default: nil
    }
  }

  /// One line's worth of `list_attr_celeba.txt`. Attributes that are not drawn are drawn lots for.
  func values(_ draws: inout SplitMix64) -> [Bool] {
    let known = known
    return Self.names.map { name in
      let lot = draws.chance(0.25)
      return known[name] ?? lot
    }
  }

  private var known: [String: Bool] {
    var known = [
      "Male": isMale, "Bald": isBald, "Bangs": hasBangs, "Receding_Hairline": hasRecedingHairline,
      "Wearing_Hat": wearsHat, "Bushy_Eyebrows": hasBushyBrows, "Eyeglasses": wearsGlasses, "Mustache": hasMustache,
      "Heavy_Makeup": hasMakeup, "Pale_Skin": isPale, "Smiling": smiles, "Mouth_Slightly_Open": hasOpenMouth,
    ]
    for colour in HairColour.allCases { known[colour.rawValue] = hairColour == colour }
    for shape in HairShape.allCases { known[shape.rawValue] = hairShape == shape }
    return known
  }
}
