package import Configuration

extension ModelConfiguration {
  /// What a report says of modalities that are standardised; see `EvaluationReport.logScales`.
  package var logScales: [String: Double] {
    var scales: [String: Double] = [:]
    for modality in modalities {
      scales[modality.name] = modality.sourceUnit?.logScale(values: modality.shape.count)
    }
    return scales
  }
}
