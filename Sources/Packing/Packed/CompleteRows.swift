import Storage

/// How to keep the rows of a packed file that lack nothing.
package struct CompleteRequest: Sendable {
  /// The packed file to read.
  package var input: String
  /// The file to write.
  package var output: String
  /// Whether `output` may be replaced.
  package var replacing: Bool
  /// The program and its version.
  package var creator: String

  package init(input: String, output: String, replacing: Bool, creator: String) {
    (self.input, self.output, self.replacing, self.creator) = (input, output, replacing, creator)
  }
}

/// Copies the rows that have every modality. Splits, the order of rows and their source rows stay.
package func packCompleteRows(_ request: CompleteRequest) throws -> PackSummary {
  let dataset = try PackedDataset.open(request.input)
  var rows: [Split: [Int]] = [:]
  for split in Split.allCases {
    var isComplete = [Bool](repeating: true, count: dataset.rowCount(of: split))
    for modality in dataset.modalities where dataset.hasGaps(modality.name, split) {
      for (row, isPresent) in try dataset.mask(modality.name, split).enumerated() where !isPresent {
        isComplete[row] = false
      }
    }
    rows[split] = isComplete.indices.filter { isComplete[$0] }
    guard rows[split]?.isEmpty == false || isComplete.isEmpty else {
      throw PackingError(file: request.input, "no \(split.rawValue) row has every modality")
    }
  }
  let rowCounts = rows.mapValues(\.count)
  var writer = try PackedDatasetWriter.create(
    at: request.output, replacing: request.replacing, name: dataset.name, modalities: dataset.modalities,
    rowCounts: rowCounts, splitSeed: dataset.splitSeed, creator: "\(request.creator), complete")
  for split in Split.allCases {
    let kept = rows[split] ?? []
    for modality in dataset.modalities {
      try dataset.appendContent(of: kept, modality, split, as: modality.name, to: &writer)
    }
    let sourceRows = try dataset.sourceRows(of: split)
    try writer.append(sourceRows: kept.map { sourceRows[$0] }, to: split)
  }
  return PackSummary(name: dataset.name, fingerprint: try writer.finish(), rowCounts: rowCounts)
}
