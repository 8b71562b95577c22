/// How often which class is taken for which.
package struct Confusion: Equatable, Sendable {
  /// The modality whose classes they are, and those it is decoded from.
  package let modality: String
  package let given: [String]
  package let classNames: [String]
  /// `[observed][decoded]`.
  package let counts: [[Int]]

  /// - Parameter pairs: classes that were observed, with what was decoded.
  package init(
    _ modality: String, given: [String], classNames: [String], pairs: some Sequence<(observed: Int, decoded: Int)>
  ) {
    (self.modality, self.given, self.classNames) = (modality, given, classNames)
    var counts = [[Int]](repeating: [Int](repeating: 0, count: classNames.count), count: classNames.count)
    for pair in pairs { counts[pair.observed][pair.decoded] += 1 }
    self.counts = counts
  }

  package var total: Int { counts.joined().reduce(0, +) }
  package var right: Int { counts.indices.reduce(0) { $0 + counts[$1][$1] } }
}
