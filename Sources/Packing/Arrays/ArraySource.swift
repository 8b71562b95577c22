/// One array to pack.
package struct ArraySource: Sendable {
  package enum Likelihood: String, CaseIterable, Sendable {
    case bernoulli, categorical, gaussian, laplace, poisson
    case negativeBinomial = "negative_binomial"

    /// Whether the data are whole numbers from 0 on.
    var isOfCounts: Bool { self == .poisson || self == .negativeBinomial }
    /// Whether the data are any numbers.
    var isOfAnyNumbers: Bool { self == .gaussian || self == .laplace }
  }

  /// The modality's name.
  package var name: String
  /// The file, and the array in it.
  package var location: SourceLocation
  /// Nil lets the content decide.
  package var likelihood: Likelihood?
  /// The least and the greatest level of a Bernoulli likelihood, which become 0 and 1.
  package var levels: ClosedRange<Double>?
  /// Whether models see numbers of mean 0 and standard deviation 1.
  package var isStandardised = false
  /// Whether the last axis of a row counts channels, and not the first.
  package var hasChannelsLast = false
  /// The shape of an observation, if it is not that of a row of the array.
  package var shape: [Int]?
  /// The names of the classes; empty if they have none.
  package var classNames: [String]
  /// The side of the squares that pictures become.
  package var side: Int?
  /// The column, or the whole source, of the keys that rows are joined by.
  package var key: SourceLocation?
  /// A 1 for each row that has the modality, and a 0 for each that lacks it.
  package var mask: SourceLocation?

  package init(
    name: String, path: String, likelihood: Likelihood? = nil, shape: [Int]? = nil, classNames: [String] = []
  ) {
    (self.name, self.likelihood) = (name, likelihood)
    (self.shape, self.classNames) = (shape, classNames)
    location = SourceLocation(path)
  }

  func rows(spoolingIn directory: String) throws -> RowSource {
    let content: SourceContent =
      switch likelihood {
      case .categorical: .texts
      case nil: .either
      default: .numbers
      }
    guard side == nil || location.kind == .pictures else {
      throw PackingError("\(name) is no directory of pictures, which only can be resized")
    }
    return try location.rows(content, side: side, spoolingIn: directory)
  }
}
