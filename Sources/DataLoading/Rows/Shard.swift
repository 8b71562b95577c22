package import Configuration
package import Storage

/// How the rows of a modality are checked and binarised.
package struct DataModality: Sendable {
  package let name: String
  package let likelihood: LikelihoodKind
  package let binarization: Binarization

  package init(_ name: String, _ likelihood: LikelihoodKind, _ binarization: Binarization = .none) {
    (self.name, self.likelihood, self.binarization) = (name, likelihood, binarization)
  }
}

/// Which draw of a dynamically binarised modality to load.
package enum BinarizationDraw: Sendable {
  /// The one that every run is scored on: it depends on split, row and the modality's place in the configuration alone.
  case fixed
  case training(seed: UInt64, epoch: Int)
}

/// Consecutive rows of one split in memory, in the compact form they are stored in; images channels-last.
package final class Shard {
  /// The rows of the split that are here.
  package let rows: Range<Int>
  let store: RowStore

  /// Bytes of all modalities.
  package var byteCount: Int { store.byteCount }

  /// Reads the rows of the given modalities, in that order, and checks that they fit their likelihoods. Their place in
  /// that order is a coordinate of their binarisation.
  /// - Throws: `StorageError` when the file cannot be read, `DataLoadingError` when a row does not fit its likelihood.
  package init(
    _ dataset: borrowing PackedDataset, modalities: [DataModality], split: Split, rows: Range<Int>
  ) throws {
    self.rows = rows
    store = RowStore(
      dataset.descriptions(of: modalities), modalities.map(\.binarization), gaps: dataset.gaps(modalities, split),
      split: split, slots: rows.count)
    for (part, modality) in modalities.enumerated() {
      try dataset.readRows(modality.name, split, rows, into: store.bytes(of: part))
      if let mask = store.mask(of: part) { try dataset.readMask(modality.name, split, rows, into: mask) }
      if let slot = store.prepare(part, slots: rows.count, modality.likelihood) {
        throw dataset.invalidRow(modality, split, row: rows.lowerBound + slot)
      }
    }
    if let slot = store.firstEmpty(slots: rows.count) {
      throw dataset.emptyRow(modalities, split, row: rows.lowerBound + slot)
    }
  }

  /// Whether some rows may lack a modality, by its place in the list of names.
  package func hasGaps(_ modality: Int) -> Bool { store.hasGaps(modality) }

  /// Whether a row has a modality.
  package func has(_ modality: Int, row: Int) -> Bool { store.has(modality, slot: slot(of: row)) }

  /// Rows of random content, for measuring speed without data.
  package init(
    randomRows rows: Range<Int>, of descriptions: [ModalityDescription], binarizations: [Binarization]? = nil,
    seed: UInt64
  ) {
    self.rows = rows
    store = RowStore(
      descriptions, binarizations ?? descriptions.map { _ in .none }, split: .train, slots: rows.count)
    for row in rows { store.fillRandomly(slot: row - rows.lowerBound, row: UInt32(row), seed: seed) }
  }

  /// Where a row lies in `store`.
  func slot(of row: Int) -> Int {
    precondition(rows.contains(row), "row \(row) is not in this shard")
    return row - rows.lowerBound
  }

  /// Writes what was observed in one row: values times their scale, binarised if the modality is; classes one-hot.
  /// - Parameters:
  ///   - row: counted from the start of the split; must be here.
  ///   - modality: its place in the list of names.
  ///   - values: as many floats as the modality has.
  ///   - draw: which zeros and ones, if the modality is binarised dynamically.
  package func load(
    row: Int, modality: Int, into values: UnsafeMutablePointer<Float>, draw: BinarizationDraw = .fixed
  ) {
    store.load(slot: slot(of: row), row: row, modality: modality, into: values, draw: draw)
  }

  /// The same as an array.
  package func values(row: Int, modality: Int) -> [Float] {
    let count = store.elementCount(of: modality)
    return [Float](unsafeUninitializedCapacity: count) { values, initialized in
      if let base = values.baseAddress { load(row: row, modality: modality, into: base) }
      initialized = count
    }
  }
}

extension PackedDataset {
  /// What the file says of modalities that were checked against it, in their order.
  func descriptions(of modalities: [DataModality]) -> [ModalityDescription] {
    modalities.map { modality in
      guard let description = self.modalities.first(where: { $0.name == modality.name }) else {
        preconditionFailure("modality \(modality.name) was not checked against the data")
      }
      return description
    }
  }

  /// The names of those that some rows of a split may lack.
  func gaps(_ modalities: [DataModality], _ split: Split) -> Set<String> {
    var names: Set<String> = []
    for modality in modalities where hasGaps(modality.name, split) { names.insert(modality.name) }
    return names
  }

  /// A row without any of the modalities.
  func emptyRow(_ modalities: [DataModality], _ split: Split, row: Int) -> DataLoadingError {
    DataLoadingError(
      "\(path): row \(row) of \(split.rawValue) has none of \(modalities.map(\.name).joined(separator: ", ")); every row "
        + "needs one at least. Pack the file again without such rows")
  }

  /// A row that its likelihood does not allow.
  func invalidRow(_ modality: DataModality, _ split: Split, row: Int) -> DataLoadingError {
    let problem = modality.likelihood == .categorical ? "there is no such class" : "a value its likelihood excludes"
    return DataLoadingError(
      "\(path): \(split.rawValue)/\(modality.name), row \(row): \(problem); run mhvae-pack verify")
  }
}

extension ModelConfiguration {
  /// The modalities as a shard wants them named.
  package var dataModalities: [DataModality] {
    modalities.map { DataModality($0.name, $0.likelihood, $0.binarization) }
  }
}
