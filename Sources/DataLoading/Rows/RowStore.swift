internal import Configuration
internal import Kernels
internal import Storage

/// Room for rows of some modalities of one split, in the compact form they are stored in; images channels-last. Which
/// row of the split lies in which slot is its owner's business.
final class RowStore {
  private let split: Split
  private let modalities: [ModalityRows]
  private let binarizations: [Binarization]

  /// Bytes of all modalities.
  var byteCount: Int { modalities.reduce(0) { $0 + $1.byteCount } }

  /// - Parameters:
  ///   - descriptions: of the modalities; their place in the list is a coordinate of their binarisation.
  ///   - binarizations: as many.
  ///   - gaps: the names of those that some rows lack.
  init(
    _ descriptions: [ModalityDescription], _ binarizations: [Binarization], gaps: Set<String> = [], split: Split,
    slots: Int
  ) {
    self.split = split
    self.binarizations = binarizations
    modalities = descriptions.map { ModalityRows($0, hasGaps: gaps.contains($0.name), count: slots) }
  }

  /// Whether some rows may lack a modality.
  func hasGaps(_ modality: Int) -> Bool { modalities[modality].mask != nil }

  /// Whether the row in a slot has a modality.
  func has(_ modality: Int, slot: Int) -> Bool { modalities[modality].has(slot) }

  /// The mask of a modality with gaps, to be filled before `prepare`.
  func mask(of modality: Int) -> UnsafeMutableRawBufferPointer? { modalities[modality].mask }

  /// The first of some slots whose row has none of the modalities; nil if there is none.
  func firstEmpty(slots: Int) -> Int? {
    guard modalities.indices.contains(where: hasGaps) else { return nil }
    return (0..<slots).first { slot in !modalities.contains { $0.has(slot) } }
  }

  /// The bytes of a modality, slot after slot, to be filled and then prepared.
  func bytes(of modality: Int) -> UnsafeMutableRawBufferPointer { modalities[modality].bytes }

  /// Checks what was copied into the first slots of a modality, and arranges it for `load`.
  /// - Returns: the first slot whose row does not fit the likelihood; the rest is then not arranged.
  func prepare(_ modality: Int, slots: Int, _ likelihood: LikelihoodKind) -> Int? {
    if let slot = modalities[modality].firstRowOutOfRange(likelihood, count: slots) { return slot }
    modalities[modality].arrange(count: slots)
    return nil
  }

  /// Any content, the same for a row in whatever slot it is.
  func fillRandomly(slot: Int, row: UInt32, seed: UInt64) {
    for (part, modality) in modalities.enumerated() {
      modality.fillRandomly(
        slot, RandomStream(seed: seed, purpose: .generation, part: UInt16(part)), streamRow: row)
    }
  }

  func elementCount(of modality: Int) -> Int { modalities[modality].elementCount }

  /// Writes what was observed in one row: values times their scale, standardised or binarised if the modality is;
  /// classes one-hot. Zeros if the row lacks it.
  /// - Parameters:
  ///   - row: the row of the split that is in `slot`.
  ///   - values: as many floats as the modality has.
  ///   - draw: which zeros and ones, if the modality is binarised dynamically.
  func load(
    slot: Int, row: Int, modality: Int, into values: UnsafeMutablePointer<Float>, draw: BinarizationDraw
  ) {
    modalities[modality].load(slot, into: values)
    guard modalities[modality].has(slot) else { return }
    let values = UnsafeMutableBufferPointer(start: values, count: modalities[modality].elementCount)
    switch binarizations[modality] {
    case .none: break
    case .threshold: for i in values.indices { values[i] = values[i] > 0.5 ? 1 : 0 }
    case .dynamic: binarize(values, row: UInt32(row), part: UInt16(modality), draw)
    }
  }

  private func binarize(
    _ values: UnsafeMutableBufferPointer<Float>, row: UInt32, part: UInt16, _ draw: BinarizationDraw
  ) {
    switch draw {
    case .fixed:
      RandomStream(seed: 0, purpose: .fixedBinarization, part: part).drawBernoulli(values, step: split.number, row: row)
    case .training(let seed, let epoch):
      RandomStream(seed: seed, purpose: .binarization, part: part).drawBernoulli(values, step: UInt64(epoch), row: row)
    }
  }
}

extension Split {
  /// Its coordinate in the fixed binarisation, the same for ever.
  fileprivate var number: UInt64 {
    switch self {
    case .train: 0
    case .validation: 1
    case .test: 2
    }
  }
}
