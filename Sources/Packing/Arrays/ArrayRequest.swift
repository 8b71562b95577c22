/// How to pack arrays whose rows belong together.
package struct ArrayRequest: Sendable {
  /// Which rows are for what.
  package enum Division: Sendable {
    /// Drawn: these parts of all rows, each between 0 and 1.
    case fractions(validation: Double, test: Double)
    /// Given by an array with 0 (train), 1 (validation) or 2 (test) for each row.
    case file(String)
  }

  package var sources: [ArraySource]
  /// The file to write.
  package var output: String
  /// Whether `output` may be replaced.
  package var replacing: Bool
  /// What the data is.
  package var name: String
  package var division: Division
  /// The column by which rows are joined of sources that name none themselves; nil if rows belong together by their
  /// order, and no source names one.
  package var key: String?
  /// A row of which every number is this (NaN included) lacks the modality.
  package var missing: Double?
  /// Decides the drawn splits and the order of the training rows; not negative.
  package var seed: Int
  /// The program and its version.
  package var creator: String

  package init(
    sources: [ArraySource], output: String, replacing: Bool, name: String, division: Division, missing: Double? = nil,
    key: String? = nil, seed: Int, creator: String
  ) {
    (self.sources, self.output, self.replacing, self.name) = (sources, output, replacing, name)
    (self.division, self.missing, self.key) = (division, missing, key)
    (self.seed, self.creator) = (seed, creator)
  }
}
