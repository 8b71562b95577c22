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
  /// Whether rows that find no partner are kept, with gaps.
  package var isOuter: Bool
  /// Decides which rows meet; not negative.
  package var seed: Int
  /// The program and its version.
  package var creator: String

  package init(
    first: String, second: String, output: String, replacing: Bool, label: String, names: [String]?,
    isOuter: Bool = false, seed: Int, creator: String
  ) {
    (self.first, self.second, self.output, self.replacing) = (first, second, output, replacing)
    (self.label, self.names, self.isOuter) = (label, names, isOuter)
    (self.seed, self.creator) = (seed, creator)
  }
}

/// Pairs every row of one file with a row of another that has the same label, split by split.
///
/// The result has the other modalities of both and then the label, and the splits, order and source rows of the first.
/// An outer join keeps rows without a partner: those of the first in their places, those of the second behind them, with
/// source rows that go on where the first file's end.
/// - Parameter note: receives what the user may not expect.
package func joinDatasets(_ request: JoinRequest, note: (String) -> Void) throws -> PackSummary {
  guard request.seed >= 0 else { throw PackingError("the seed is a whole number from 0 on, found \(request.seed)") }
  let first = try PackedDataset.open(request.first)
  let second = try PackedDataset.open(request.second)
  let plan = try JoinPlan(request, first.modalities, second.modalities)
  if plan.classNamesDiffer {
    note("the files name the classes of \(request.label) differently; keeping the names in \(request.first)")
  }
  let classesOfSecond = try plan.classesOfSecond(request)
  var pairing = RowPairing(seed: UInt64(request.seed))
  var rows: [Split: JoinedRows] = [:]
  for split in Split.allCases {
    let (own, others) = (
      try classes(of: plan.firstLabel, split, in: first),
      try classes(of: plan.secondLabel, split, in: second).map { classesOfSecond[$0] }
    )
    let partners = pairing.partners(of: own, among: others)
    if !request.isOuter, let place = partners.firstIndex(of: nil) {
      throw PackingError(
        file: request.second,
        "its \(split.rawValue) rows have none whose \(request.label) is \(plan.label.className(own[place])), "
          + "which \(request.first) has; --outer keeps rows without a partner")
    }
    rows[split] = JoinedRows(partners, among: others, keepsRest: request.isOuter)
  }
  let name = "\(first.name)+\(second.name)"
  let rowCounts = rows.mapValues(\.count)
  var writer = try PackedDatasetWriter.create(
    at: request.output, replacing: request.replacing, name: name, modalities: plan.modalities,
    rowCounts: rowCounts, gaps: gaps(plan, rows, first, second), splitSeed: first.splitSeed,
    creator: "\(request.creator), join --seed \(request.seed)")
  for split in Split.allCases {
    guard let rows = rows[split] else { continue }
    for (modality, name) in plan.fromFirst {
      try first.append(rows.ofFirst, of: modality, split, as: name, to: &writer)
    }
    for (modality, name) in plan.fromSecond {
      try second.append(rows.ofSecond, of: modality, split, as: name, to: &writer)
    }
    try first.forEachBlock(of: plan.firstLabel, split) { try writer.append($0.span.bytes, to: request.label, split) }
    try writer.append(classes: rows.classesOfRest, to: plan.label, split)
    try writer.append(sourceRows: try sourceRows(of: split, rows, first, second), to: split)
  }
  return PackSummary(name: name, fingerprint: try writer.finish(), rowCounts: rowCounts)
}

/// Which rows of the two files make up the rows of one split.
private struct JoinedRows {
  /// The row of the second file that each row of the first meets.
  private let partners: [Int?]
  /// Rows of the second file that none meets.
  let rest: [Int]
  let classesOfRest: [Int]

  var count: Int { partners.count + rest.count }
  var ofFirst: [Int?] { Array(partners.indices) + rest.map { _ in nil } }
  var ofSecond: [Int?] { partners + rest }

  /// - Parameter classes: of the rows of the second file.
  init(_ partners: [Int?], among classes: [Int], keepsRest: Bool) {
    self.partners = partners
    let taken = Set(partners.compactMap(\.self))
    rest = keepsRest ? classes.indices.filter { !taken.contains($0) } : []
    classesOfRest = rest.map { classes[$0] }
  }
}

extension PackedDatasetWriter {
  fileprivate mutating func append(
    classes: [Int], to modality: ModalityDescription, _ split: Split
  ) throws(StorageError) {
    if modality.elementType == .uint8 {
      let stored = classes.map { UInt8($0) }
      try append(stored.span.bytes, to: modality.name, split)
    } else {
      let stored = classes.map { Int32($0) }
      try append(stored.span.bytes, to: modality.name, split)
    }
  }
}

/// What some rows of the result lack.
private func gaps(
  _ plan: JoinPlan, _ rows: [Split: JoinedRows], _ first: borrowing PackedDataset, _ second: borrowing PackedDataset
) -> [Split: Set<String>] {
  var gaps: [Split: Set<String>] = [:]
  for (split, rows) in rows {
    for (modality, name) in plan.fromFirst where rows.ofFirst.contains(nil) || first.hasGaps(modality.name, split) {
      gaps[split, default: []].insert(name)
    }
    for (modality, name) in plan.fromSecond where rows.ofSecond.contains(nil) || second.hasGaps(modality.name, split) {
      gaps[split, default: []].insert(name)
    }
  }
  return gaps
}

/// Those of the first file, then those of the second behind all of them.
private func sourceRows(
  of split: Split, _ rows: JoinedRows, _ first: borrowing PackedDataset, _ second: borrowing PackedDataset
) throws -> [Int] {
  let own = try first.sourceRows(of: split)
  guard !rows.rest.isEmpty else { return own }
  var end = 0
  for split in Split.allCases { end = max(end, (try first.sourceRows(of: split).max() ?? -1) &+ 1) }
  let others = try second.sourceRows(of: split)
  guard (own + others + [end]).allSatisfy({ 0..<1 << 53 ~= $0 }) else {
    throw PackingError("\(first.path) or \(second.path): a source row is no row; run mhvae-pack verify")
  }
  return own + rows.rest.map { end + others[$0] }
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
