package import Kernels
package import Layers

/// One replica's part of a batch.
package struct Batch {
  package var rows: BatchRows
  /// One matrix a modality, `[rows that have it, values]`; images channels-last, classes one-hot.
  package var inputs: [Matrix]
  /// Which of the local rows have each modality.
  package var present: [RowSelection]
  /// `[local rows, modalities]`, 1 keeps a representation and 0 drops it; nil keeps all. Keeps nothing that a row lacks.
  package var keepMask: Matrix?
  /// One matrix for each of the model's `objectiveNoise`, `[rows, width]`: a modality's own noise is that of the rows
  /// that have it.
  package var noise: [Matrix]
  /// The modality of each noise that is of one.
  private let noiseModalities: [Int?]

  /// - Parameter present: nil if every row has every modality.
  package init(
    rows: BatchRows, inputs: [Matrix], present: [RowSelection]? = nil, keepMask: Matrix?, noise: [Matrix],
    noiseModalities: [Int?]? = nil
  ) {
    (self.rows, self.inputs, self.keepMask, self.noise) = (rows, inputs, keepMask, noise)
    self.present = present ?? inputs.map { _ in .all(rows.local) }
    self.noiseModalities = noiseModalities ?? noise.map { _ in nil }
  }

  /// Some of its rows; fewer where it has fewer.
  /// - Parameter global: rows of all parts together; nil if it stays.
  package func rows(_ range: Range<Int>, global: Int? = nil) -> Batch {
    let range = range.clamped(to: 0..<rows.local)
    let parts = present.map { $0.rows(range) }
    return Batch(
      rows: BatchRows(local: range.count, global: global ?? rows.global),
      inputs: zip(inputs, parts).map { $0.rows($1.places) }, present: parts.map(\.selection),
      keepMask: keepMask?.rows(range),
      noise: zip(noise, noiseModalities).map { matrix, modality in
        matrix.rows(modality.map { parts[$0].places } ?? range)
      }, noiseModalities: noiseModalities)
  }
}

/// Rows as the networks see them, to be encoded, decoded and scored.
package struct Observations {
  /// One matrix a modality, `[rows, values]`; images channels-last, classes one-hot. What a row lacks is 0.
  package let inputs: [Matrix]
  /// `[rows, modalities]`, 1 if the row has the modality; nil if all rows have all.
  package let present: Matrix?

  package init(_ inputs: [Matrix], present: Matrix? = nil) { (self.inputs, self.present) = (inputs, present) }

  package var rows: Int { inputs.first?.rows ?? 0 }

  package func has(_ modality: Int, row: Int) -> Bool { present.map { $0[row, modality] != 0 } ?? true }

  /// Which rows have a modality, as flags `[rows, 1]`; nil if all do.
  package func flags(of modality: Int) -> Matrix? { present?.columns(modality..<modality + 1) }
}
