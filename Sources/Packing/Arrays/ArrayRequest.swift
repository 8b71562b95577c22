/// One array to pack.
package struct ArraySource: Sendable {
  package enum Likelihood: String, CaseIterable, Sendable {
    case bernoulli, categorical, gaussian
  }

  /// The modality's name.
  package var name: String
  /// The `.npy` file.
  package var path: String
  /// Nil lets the content decide.
  package var likelihood: Likelihood?
  /// The shape of an observation, if it is not that of a row of the array.
  package var shape: [Int]?
  /// The names of the classes; empty if they have none.
  package var classNames: [String]

  package init(
    name: String, path: String, likelihood: Likelihood? = nil, shape: [Int]? = nil, classNames: [String] = []
  ) {
    (self.name, self.path, self.likelihood) = (name, path, likelihood)
    (self.shape, self.classNames) = (shape, classNames)
  }
}

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
  /// Decides the drawn splits and the order of the training rows; not negative.
  package var seed: Int
  /// The program and its version.
  package var creator: String

  package init(
    sources: [ArraySource], output: String, replacing: Bool, name: String, division: Division, seed: Int,
    creator: String
  ) {
    (self.sources, self.output, self.replacing, self.name) = (sources, output, replacing, name)
    (self.division, self.seed, self.creator) = (division, seed, creator)
  }
}
