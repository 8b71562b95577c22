package import Storage

/// How to make gaps in a packed file, for experiments.
package struct DropRequest: Sendable {
  /// The packed file to read.
  package var input: String
  /// The file to write.
  package var output: String
  /// Whether `output` may be replaced.
  package var replacing: Bool
  /// The part of the rows that loses each modality, above 0 and below 1.
  package var fraction: Double
  /// What is dropped; empty for all modalities.
  package var modalities: [String]
  /// In which splits.
  package var splits: [Split]
  /// Decides which rows lose what; not negative.
  package var seed: Int
  /// The program and its version.
  package var creator: String

  package init(
    input: String, output: String, replacing: Bool, fraction: Double, modalities: [String], splits: [Split], seed: Int,
    creator: String
  ) {
    (self.input, self.output, self.replacing, self.fraction) = (input, output, replacing, fraction)
    (self.modalities, self.splits, self.seed, self.creator) = (modalities, splits, seed, creator)
  }
}

/// Drops each modality from exactly a part of the rows, drawn by chance; every row keeps one at least. What is dropped
/// becomes zeros. Splits, the order of rows and their source rows stay.
/// - Parameter warn: receives what is probably not meant.
package func dropModalities(_ request: DropRequest, warn: (String) -> Void = { _ in }) throws -> PackSummary {
  let dataset = try PackedDataset.open(request.input)
  let names = request.modalities.isEmpty ? dataset.modalities.map(\.name) : request.modalities
  for name in names where !dataset.modalities.contains(where: { $0.name == name }) {
    throw PackingError.noModality(name, among: dataset.modalities, file: request.input)
  }
  guard request.fraction > 0, request.fraction < 1 else {
    throw PackingError("the fraction is above 0 and below 1, found \(request.fraction)")
  }
  var draw = DropDraw(seed: UInt64(request.seed), fraction: request.fraction)
  var masks: [Split: [String: [Bool]]] = [:]
  var gaps = dataset.gaps
  for split in request.splits {
    var table = PresenceTable(dataset.modalities.map(\.name))
    for modality in dataset.modalities { table.columns.append(try dataset.mask(modality.name, split)) }
    if let row = (0..<table.rowCount).first(where: { table.count(of: $0) == 0 }) {
      throw PackingError(
        file: request.input, "\(split.rawValue) row \(row) has no modality; every row has one at least (see verify)")
    }
    guard draw.drop(names, from: &table) else {
      throw PackingError(
        "no \(split.rawValue) row could keep a modality if \(request.fraction) of the rows lost each of "
          + "\(names.joined(separator: ", ")); give a smaller --fraction or name fewer modalities")
    }
    if table.rowCount > 0, !(0..<table.rowCount).contains(where: { table.count(of: $0) == table.names.count }) {
      warn(
        "no \(split.rawValue) row keeps all of \(table.names.joined(separator: ", ")), so that models never see them "
          + "together; a smaller --fraction leaves complete rows")
    }
    masks[split] = Dictionary(uniqueKeysWithValues: zip(table.names, table.columns))
    for (name, column) in zip(table.names, table.columns) where column.contains(false) {
      gaps[split, default: []].insert(name)
    }
  }
  return try write(dataset, masks, gaps, request)
}

private func write(
  _ dataset: borrowing PackedDataset, _ masks: [Split: [String: [Bool]]], _ gaps: [Split: Set<String>],
  _ request: DropRequest
) throws -> PackSummary {
  var writer = try PackedDatasetWriter.create(
    at: request.output, replacing: request.replacing, name: dataset.name, modalities: dataset.modalities,
    rowCounts: dataset.rowCounts, gaps: gaps, splitSeed: dataset.splitSeed,
    creator: "\(request.creator), drop --fraction \(request.fraction) --seed \(request.seed)")
  for split in Split.allCases {
    for modality in dataset.modalities {
      if gaps[split]?.contains(modality.name) == true, let mask = masks[split]?[modality.name] {
        try dataset.copy(modality, split, keeping: mask, to: &writer)
      } else {
        try dataset.copy(modality, split, as: modality.name, to: &writer)
      }
    }
    try writer.append(sourceRows: try dataset.sourceRows(of: split), to: split)
  }
  return PackSummary(name: dataset.name, fingerprint: try writer.finish(), rowCounts: dataset.rowCounts)
}

extension PackedDataset {
  /// Appends the rows that the mask keeps, zeros in the place of the others, and the mask.
  fileprivate func copy(
    _ modality: ModalityDescription, _ split: Split, keeping mask: [Bool], to writer: inout PackedDatasetWriter
  ) throws {
    let size = modality.rowByteCount
    var row = 0
    try forEachBlock(of: modality, split) { block in
      var kept = block
      for start in stride(from: 0, to: block.count, by: size) {
        if !mask[row] { for byte in start..<start + size { kept[byte] = 0 } }
        row += 1
      }
      try writer.append(kept.span.bytes, to: modality.name, split)
    }
    try writer.append(present: mask, to: modality.name, split)
  }
}
