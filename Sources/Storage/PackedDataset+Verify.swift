extension PackedDataset {
  /// Reads every byte and says what is wrong with it; empty for a sound file.
  ///
  /// HDF5 checks its checksums on the way. Then: the fingerprint, class indices, the range of values, source rows.
  package func verify() throws(StorageError) -> [StorageError] {
    var scan = PackedScan(layout)
    var contentProblems: [StorageError] = []
    try scan.run(over: file) { modality, split, firstRow, rows in
      let path = PackedLayout.dataset(modality.name, split)
      guard !contentProblems.contains(where: { $0.object == path }) else { return }
      guard let problem = modality.firstProblem(in: rows, firstRow: firstRow) else { return }
      contentProblems.append(StorageError(.damaged, object: path, path: self.path, problem))
    }
    return scan.problems + contentProblems + fingerprintProblems(scan) + sourceRowProblems()
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
  fileprivate func firstProblem(in rows: UnsafeRawBufferPointer, firstRow: Int) -> String? {
    switch elementType {
    case .uint8: firstProblem(in: rows.bindMemory(to: UInt8.self), firstRow) { Double($0) }
    case .int32: firstProblem(in: rows.bindMemory(to: Int32.self), firstRow) { Double($0) }
    case .float32: firstProblem(in: rows.bindMemory(to: Float.self), firstRow) { Double($0) }
    case .int64, .float64: nil
    }
  }

  private func firstProblem<Stored>(
    in values: UnsafeBufferPointer<Stored>, _ firstRow: Int, _ double: (Stored) -> Double
  ) -> String? {
    guard let index = values.firstIndex(where: { !allows(double($0) * scale) }) else { return nil }
    let rowElementCount = max(1, rowByteCount / elementType.byteCount)
    return "row \(firstRow + index / rowElementCount) has \(values[index]); \(allowedValues)"
  }

  private func allows(_ observed: Double) -> Bool {
    switch (encoding, likelihood) {
    case (.classIndex, _): observed >= 0 && observed < Double(elementCount)
    case (.values, "bernoulli"): observed >= 0 && observed <= Self.largestProbability
    case (.values, _): observed.isFinite
    }
  }

  private var allowedValues: String {
    switch (encoding, likelihood) {
    case (.classIndex, _): "the classes are 0 to \(elementCount - 1)"
    case (.values, "bernoulli"): "values of a Bernoulli likelihood lie between 0 and 1 once multiplied by \(scale)"
    case (.values, _): "values are finite"
    }
  }
}
