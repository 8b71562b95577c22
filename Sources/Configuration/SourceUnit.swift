internal import Foundation
internal import Yams

/// The unit in which the values of a modality were packed, where models see `(value - mean) / deviation` instead.
///
/// One mean and deviation for each entry of the shape's first axis: a value of a vector, a channel of a picture. Training
/// takes it from the data; with it everything that is shown or written is in the unit of the source.
package struct SourceUnit: Equatable, Sendable {
  package let mean: [Double]
  /// All above 0.
  package let deviation: [Double]

  package init(mean: [Double], deviation: [Double]) { (self.mean, self.deviation) = (mean, deviation) }

  /// What models see, or give as means, in the unit of the source.
  /// - Parameter values: whole rows in memory order, so that entries of the first axis follow each other.
  package func restored(_ values: [Float]) -> [Float] { restored(values.map(Double.init)) }

  /// The same of values in double precision.
  package func restored(_ values: [Double]) -> [Float] {
    values.indices.map { Float(values[$0] * deviation[$0 % mean.count] + mean[$0 % mean.count]) }
  }

  /// The logarithms of the deviations that values of a row are divided by, summed: by so many nats a log-density of
  /// standardised rows is above that of rows in the unit of the source.
  /// - Parameter values: how many a row has.
  package func logScale(values: Int) -> Double {
    deviation.reduce(0) { $0 + log($1) } * Double(values / deviation.count)
  }

  /// What models see of values in the unit of the source.
  package func standardized(_ values: [Float]) -> [Float] {
    var copy = values
    copy.withUnsafeMutableBufferPointer { standardize($0) }
    return copy
  }

  /// The same in place.
  /// - Parameter values: one row, or several, in memory order.
  package func standardize(_ values: UnsafeMutableBufferPointer<Float>) {
    for i in values.indices {
      values[i] = Float((Double(values[i]) - mean[i % mean.count]) / deviation[i % mean.count])
    }
  }
}

extension SourceUnit {
  static let key = ConfigurationKey<SourceUnit>(
    "source_unit", "`{mean: [...], deviation: [...]}`",
    "Training writes it: what takes standardised values back to the unit of the data."
  ) { (reader, name) throws(ConfigurationError) in
    let unit = try ConfigurationReader(
      try reader.node(name), path: reader.path(of: name), keys: [mean.description, deviation.description])
    return SourceUnit(mean: try unit.value(Self.mean), deviation: try unit.value(Self.deviation))
  }.optional("the data's own")

  private static let mean = ConfigurationKey<[Double]>(
    "mean", "list of numbers", "One for each entry of the shape's first axis."
  ) { (reader, name) throws(ConfigurationError) in try reader.numbers(name) }

  private static let deviation = ConfigurationKey<[Double]>(
    "deviation", "list of numbers", "One for each entry of the shape's first axis."
  ) { (reader, name) throws(ConfigurationError) in try reader.numbers(name) }

  /// - Throws: `ConfigurationError` when it does not fit the shape.
  func validate(_ shape: DataShape, _ reader: ConfigurationReader) throws(ConfigurationError) {
    let count = shape.dimensions[0]
    guard mean.count == count, deviation.count == count, deviation.allSatisfy({ $0 > 0 }) else {
      throw ConfigurationError(
        key: reader.path(of: Self.key.name), "expected \(count) means and as many deviations above 0")
    }
  }

  var node: Node { .map([("mean", .list(mean)), ("deviation", .list(deviation))], oneLine: true) }
}
