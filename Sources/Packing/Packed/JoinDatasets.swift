import Storage

/// How to pair the rows of two packed files.
package struct JoinRequest: Sendable {
  /// The packed file of which every row is used once.
  package var first: String
  /// The packed file that lends rows with the same label.
  package var second: String
  /// The file to write.
  package var output: String
  /// Whether `output` may be replaced.
  package var replacing: Bool
  /// The class indices both files have.
  package var label: String
  /// What the other modalities are called, those of `first` and then those of `second`; nil keeps their names.
  package var names: [String]?
  /// Decides which rows meet; not negative.
  package var seed: Int
  /// The program and its version.
  package var creator: String

  package init(
    first: String, second: String, output: String, replacing: Bool, label: String, names: [String]?, seed: Int,
    creator: String
  ) {
    (self.first, self.second, self.output, self.replacing) = (first, second, output, replacing)
    (self.label, self.names, self.seed, self.creator) = (label, names, seed, creator)
  }
}

/// Pairs every row of one file with a row of another that has the same label, split by split.
///
/// The result has the other modalities of both and then the label, and the splits, order and source rows of the first.
/// - Parameter note: receives what the user may not expect.
package func joinDatasets(_ request: JoinRequest, note: (String) -> Void) throws -> PackSummary {
  guard request.seed >= 0 else { throw PackingError("the seed is a whole number from 0 on, found \(request.seed)") }
  let first = try PackedDataset.open(request.first)
  let second = try PackedDataset.open(request.second)
  let plan = try JoinPlan(request, first.modalities, second.modalities)
  if plan.classNamesDiffer {
    note("the files name the classes of \(request.label) differently; keeping the names in \(request.first)")
  }
  var pairing = RowPairing(seed: UInt64(request.seed))
  var partners: [Split: [Int]] = [:]
  for split in Split.allCases {
    partners[split] = try pairing.partners(
      of: try classes(of: plan.firstLabel, split, in: first),
      among: try classes(of: plan.secondLabel, split, in: second)
    ) {
      PackingError(
        file: request.second,
        "its \(split.rawValue) rows have none whose \(request.label) is \(plan.label.className($0)), "
          + "which \(request.first) has")
    }
  }
  let name = "\(first.name)+\(second.name)"
  var writer = try PackedDatasetWriter.create(
    at: request.output, replacing: request.replacing, name: name, modalities: plan.modalities,
    rowCounts: first.rowCounts, splitSeed: first.splitSeed, creator: "\(request.creator), join --seed \(request.seed)")
  for split in Split.allCases {
    for (modality, name) in plan.fromFirst { try first.copy(modality, split, as: name, to: &writer) }
    for (modality, name) in plan.fromSecond {
      try second.copy(rows: partners[split] ?? [], of: modality, split, as: name, to: &writer)
    }
    try first.copy(plan.firstLabel, split, as: request.label, to: &writer)
    try writer.append(sourceRows: try first.sourceRows(of: split), to: split)
  }
  return PackSummary(name: name, fingerprint: try writer.finish(), rowCounts: first.rowCounts)
}

/// The class of every row; each must have one.
private func classes(
  of label: ModalityDescription, _ split: Split, in dataset: borrowing PackedDataset
) throws -> [Int] {
  let classes = try dataset.classIndices(of: label, split)
  if let row = classes.firstIndex(of: nil) {
    throw PackingError(
      file: dataset.path, "\(split.rawValue) row \(row) has no \(label.name), so that it finds no partner")
  }
  return classes.compactMap(\.self)
}
