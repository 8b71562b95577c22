package import Configuration
internal import Storage

extension Shard {
  /// Rows of random content that a model can be trained on, for measuring speed without data.
  package convenience init(randomRows rows: Range<Int>, for model: ModelConfiguration, seed: UInt64) {
    self.init(
      randomRows: rows, of: model.modalities.map(ModalityDescription.init(random:)),
      binarizations: model.modalities.map(\.binarization), seed: seed)
  }
}

extension ModalityDescription {
  /// Storage for random rows of a modality: classes as indices, everything else as bytes, which counts are as they are.
  fileprivate init(random modality: ModalityConfiguration) {
    let isCategorical = modality.likelihood == .categorical
    self.init(
      name: modality.name, shape: modality.shape.dimensions, likelihood: modality.likelihood.rawValue,
      encoding: isCategorical ? .classIndex : .values,
      elementType: isCategorical && modality.shape.count > 256 ? .int32 : .uint8,
      scale: isCategorical || modality.likelihood.isOfCounts ? 1 : 1.0 / 255)
  }
}
