/// What the random numbers of a prediction are for: each has a stream of its own.
enum RandomPart {
  /// Of a modality; nil for the shared one.
  case latent(Int?)
  /// Of a modality, that are written.
  case draws(Int)
  /// Of a modality, whose middle is written.
  case median(Int)

  var number: UInt16 {
    switch self {
    case .latent(let modality): modality.map { UInt16($0 + 1) } ?? 0
    case .draws(let modality): 1 << 14 | UInt16(modality)
    case .median(let modality): 2 << 14 | UInt16(modality)
    }
  }
}
