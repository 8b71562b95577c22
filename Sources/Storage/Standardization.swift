/// How the numbers of a modality become those that models see: `(observed - mean) / deviation`.
///
/// One mean and one standard deviation for each entry of the shape's first axis: for each value of a vector, for each
/// channel of a picture.
package struct Standardization: Equatable, Sendable {
  /// In the unit of the source.
  package let mean: [Double]
  /// In the unit of the source; all above 0.
  package let deviation: [Double]

  package init(mean: [Double], deviation: [Double]) { (self.mean, self.deviation) = (mean, deviation) }

  /// The entry that belongs to each value of a row in file order.
  /// - Parameter shape: of one observation.
  package static func entries(of shape: [Int]) -> [Int] {
    let run = shape.dropFirst().reduce(1, *)
    return (0..<(shape.first ?? 0)).flatMap { entry in repeatElement(entry, count: run) }
  }
}
