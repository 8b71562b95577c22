package import Configuration
package import Storage

extension ModelConfiguration {
  /// The same with the units of this data.
  package func withSourceUnits(of dataset: borrowing PackedDataset) -> ModelConfiguration {
    var model = self
    for i in model.modalities.indices {
      let name = model.modalities[i].name
      let standardization = dataset.modalities.first { $0.name == name }?.standardization
      model.modalities[i].sourceUnit = standardization.map { SourceUnit($0) }
    }
    return model
  }
}

extension SourceUnit {
  /// What a packed file says of a modality, as configurations have it: files know no models, and models no files.
  init(_ standardization: Standardization) {
    self.init(mean: standardization.mean, deviation: standardization.deviation)
  }
}

extension PackedDataset {
  /// Whether some row lacks one of these modalities: a mask may be all ones.
  private func lacksSomething(_ names: [String]) throws(StorageError) -> Bool {
    for (split, counts) in try presentRows(of: names) where counts.values.contains(where: { $0 < rowCount(of: split) })
    {
      return true
    }
    return false
  }

  /// Checks that a model can be trained on, or evaluated with, this data.
  /// - Throws: `DataLoadingError` naming the modality that is missing or differs; `StorageError` when a mask cannot be
  ///   read.
  package func check(against model: ModelConfiguration) throws {
    if let objection = type(of: model.family).objectionToGaps, try lacksSomething(model.modalities.map(\.name)) {
      throw DataLoadingError("\(path) has rows that lack a modality, and \(objection)")
    }
    for modality in model.modalities {
      guard let found = modalities.first(where: { $0.name == modality.name }) else {
        throw DataLoadingError(
          "\(path) has no modality \"\(modality.name)\"; it has \(modalities.map(\.name).joined(separator: ", "))")
      }
      guard found.shape == modality.shape.dimensions else {
        throw DataLoadingError(
          "modality \(modality.name): the model expects shape \(modality.shape.dimensions), "
            + "\(path) has \(found.shape)")
      }
      guard (found.encoding == .classIndex) == (modality.likelihood == .categorical) else {
        let content = found.encoding == .classIndex ? "classes" : "values"
        throw DataLoadingError(
          "modality \(modality.name): \(path) holds \(content), which do not fit a \(modality.likelihood.rawValue) "
            + "likelihood: classes are categorical, and nothing else is")
      }
    }
  }
}
