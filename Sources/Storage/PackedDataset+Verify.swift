extension PackedDataset {
  /// Reads every byte and says what is wrong with it; empty for a sound file.
  ///
  /// HDF5 checks its checksums on the way. Then: the fingerprint, class indices, the range of values, source rows.
  package func verify() throws(StorageError) -> [StorageError] {
    var scan = PackedScan(layout)
    var contentProblems: [StorageError] = []
    // Of the modality and split at hand.
    var mask: [UInt8] = []
    try scan.run(over: file) { modality, split, part, firstRow, rows in
      if firstRow == 0, part == .mask || !layout.hasGaps(modality.name, split) { mask = [] }
      guard part == .rows else {
        mask += rows
        return
      }
      let path = PackedLayout.dataset(modality.name, split)
      guard !contentProblems.contains(where: { $0.object == path }) else { return }
      let isPresent = { (row: Int) in mask.isEmpty || row >= mask.count || mask[row] == 1 }
      guard let problem = modality.firstProblem(in: rows, firstRow: firstRow, isPresent) else { return }
      contentProblems.append(StorageError(.damaged, object: path, path: self.path, problem))
    }
    return scan.problems + contentProblems + fingerprintProblems(scan) + maskProblems() + sourceRowProblems()
  }

  /// Masks hold 1 and 0, and every row has at least one modality.
  private func maskProblems() -> [StorageError] {
    var problems: [StorageError] = []
    for split in Split.allCases where modalities.contains(where: { hasGaps($0.name, split) }) {
      do {
        var counts = [Int](repeating: 0, count: rowCount(of: split))
        for modality in modalities {
          for (row, isPresent) in try mask(modality.name, split).enumerated() where isPresent { counts[row] += 1 }
        }
        if let row = counts.firstIndex(of: 0) {
          problems.append(
            StorageError(
              .damaged, object: "present/\(split.rawValue)", path: path,
              "row \(row) has no modality; every row has at least one"))
        }
      } catch { problems.append(error) }
    }
    return problems
  }

  private func fingerprintProblems(_ scan: PackedScan) -> [StorageError] {
    let found = scan.fingerprint.text()
    guard scan.problems.isEmpty, found != fingerprint else { return [] }
    return [
      StorageError(
        .damaged, object: "attribute fingerprint at /", path: path,
        "the file says \(fingerprint), its content is \(found)",
        advice: "Rows or the attributes of a modality were changed after packing; pack the data again")
    ]
  }

  /// No source row may occur twice in a split.
  private func sourceRowProblems() -> [StorageError] {
    var problems: [StorageError] = []
    for split in Split.allCases {
      let object = PackedLayout.dataset(PackedLayout.sourceRow, split)
      do {
        let rows = try sourceRows(of: split)
        if let negative = rows.first(where: { $0 < 0 }) {
          problems.append(StorageError(.damaged, object: object, path: path, "\(negative) is not a row"))
        }
        if Set(rows).count != rows.count {
          problems.append(StorageError(.damaged, object: object, path: path, "the same source row occurs twice"))
        }
      } catch { problems.append(error) }
    }
    return problems
  }
}

extension ModalityDescription {
  /// The first stored value of a block that this modality cannot have, in words, or nil.
  /// - Parameter isPresent: whether a row has this modality: what others hold does not count.
  fileprivate func firstProblem(
    in rows: UnsafeRawBufferPointer, firstRow: Int, _ isPresent: (Int) -> Bool
  ) -> String? {
    switch elementType {
    case .uint8: firstProblem(in: rows.bindMemory(to: UInt8.self), firstRow, isPresent) { Double($0) }
    case .int32: firstProblem(in: rows.bindMemory(to: Int32.self), firstRow, isPresent) { Double($0) }
    case .float32: firstProblem(in: rows.bindMemory(to: Float.self), firstRow, isPresent) { Double($0) }
    case .int64, .float64: nil
    }
  }

  private func firstProblem<Stored>(
    in values: UnsafeBufferPointer<Stored>, _ firstRow: Int, _ isPresent: (Int) -> Bool,
    _ double: (Stored) -> Double
  ) -> String? {
    let rowElementCount = max(1, rowByteCount / elementType.byteCount)
    let found = values.indices.first {
      !allows(double(values[$0]) * scale) && isPresent(firstRow + $0 / rowElementCount)
    }
    guard let index = found else { return nil }
    return "row \(firstRow + index / rowElementCount) has \(values[index]); \(allowedValues)"
  }

  private func allows(_ observed: Double) -> Bool {
    switch (encoding, likelihood) {
    case (.classIndex, _): observed >= 0 && observed < Double(elementCount)
    case (.values, "bernoulli"): observed >= 0 && observed <= Self.largestProbability
    case (.values, "poisson"), (.values, "negative_binomial"):
      observed.isFinite && observed >= 0 && observed.rounded() == observed
    case (.values, _): observed.isFinite
    }
  }

  private var allowedValues: String {
    switch (encoding, likelihood) {
    case (.classIndex, _): "the classes are 0 to \(elementCount - 1)"
    case (.values, "bernoulli"): "values of a Bernoulli likelihood lie between 0 and 1 once multiplied by \(scale)"
    case (.values, "poisson"), (.values, "negative_binomial"):
      "counts are whole numbers of at least 0 once multiplied by \(scale)"
    case (.values, _): "values are finite"
    }
  }
}
