internal import Configuration
internal import Foundation
internal import Kernels
internal import Layers
internal import Models

/// What is predicted of one modality of one row: made of weighted draws of latents, one after the other.
final class Prediction {
  /// Predictions whose middle is the median.
  static let medianDraws = 501

  private let likelihood: Likelihood
  private let modality: ModalityConfiguration
  private let index: Int
  private let hasMoments: Bool
  private let hasVariances: Bool
  private let drawCount: Int
  private let medianCount: Int
  private let order: StorageOrder

  private var weight = 0.0
  private var means: [Double]
  /// Σ v (mean - all means)², and Σ v variance.
  private var spreads: [Double]
  private var variances: [Double]
  private var draws: PredictedDraws
  private var medians: PredictedDraws
  private var scratch = FloatArena(count: 0)

  /// - Parameters:
  ///   - drawCount: predictions that are written.
  ///   - medianCount: predictions that only their middle is taken of.
  init(_ model: any Model, _ index: Int, hasMoments: Bool, hasVariances: Bool, drawCount: Int, medianCount: Int) {
    (self.index, self.hasMoments, self.hasVariances) = (index, hasMoments, hasVariances)
    (self.drawCount, self.medianCount) = (drawCount, medianCount)
    modality = model.configuration.modalities[index]
    likelihood = model.likelihood(of: index)
    order = StorageOrder(valuesOf: modality.shape)
    let width = modality.shape.count
    means = [Double](repeating: 0, count: width)
    (spreads, variances) = (means, means)
    draws = PredictedDraws(width: width, count: drawCount)
    medians = PredictedDraws(width: width, count: medianCount)
  }

  /// Begins a row.
  func begin(_ source: WeightedDraws) {
    weight = 0
    for i in means.indices { (means[i], spreads[i], variances[i]) = (0, 0, 0) }
    draws.begin(source.resample(drawCount, for: .draws(index)))
    medians.begin(source.resample(medianCount, for: .median(index)))
  }

  /// Takes some draws, which follow those taken before.
  /// - Parameter output: of the decoder.
  func add(_ range: Range<Int>, _ output: Matrix, _ source: WeightedDraws) {
    if scratch.count < 2 * output.count { scratch = FloatArena(count: 2 * output.count) }
    let decoded = scratch.matrix(rows: output.rows, columns: output.columns)
    decoded.copy(from: output, keeping: nil)
    likelihood.means(decoded)
    if hasMoments { addMoments(range, decoded, source.weights) }
    draws.add(range, decoded, likelihood) { source.random(.draws(index), place: $0) }
    medians.add(range, decoded, likelihood) { source.random(.median(index), place: $0) }
  }

  /// West's update of a weighted mean and its spread, which cancels nothing.
  private func addMoments(_ range: Range<Int>, _ decoded: Matrix, _ weights: [Double]) {
    let ofDraws = scratch.matrix(rows: decoded.rows, columns: decoded.columns, offset: decoded.count)
    if hasVariances { likelihood.variances(means: decoded, into: ofDraws) }
    for (r, draw) in range.enumerated() where weights[draw] != 0 {
      let v = weights[draw]
      weight += v
      let (mean, variance, share) = (decoded.row(r), ofDraws.row(r), v / weight)
      for i in means.indices {
        let distance = Double(mean[i]) - means[i]
        means[i] += share * distance
        if hasVariances {
          spreads[i] += v * distance * (Double(mean[i]) - means[i])
          variances[i] += v * Double(variance[i])
        }
      }
    }
  }

  /// Probabilities of a class.
  var meanValues: [Float] { inFiles(inSourceUnit(means)) }

  /// √(Var E[x|z] + E Var[x|z]).
  var deviations: [Float] {
    let unit = modality.sourceUnit?.deviation
    return inFiles(
      means.indices.map { i in
        Float((spreads[i] + variances[i]).squareRoot() * (unit.map { $0[i % $0.count] } ?? 1))
      })
  }

  /// Of a class the most probable one; of zeros and ones the more probable.
  var medianValues: [Float] {
    switch modality.likelihood {
    case .categorical: [Float(largestIndex(means.map { Float($0) }))]
    case .bernoulli: inFiles(means.map { $0 >= 0.5 ? 1 : $0 < 0.5 ? 0 : .nan })
    default: inFiles(inSourceUnit(medians.middle))
    }
  }

  /// Every prediction, one after the other: an index each of classes.
  var drawnValues: [Float] {
    (0..<drawCount).flatMap { place in
      let values = draws[place]
      return modality.likelihood == .categorical
        ? [Float(largestIndex(values))] : inFiles(inSourceUnit(values.map(Double.init)))
    }
  }

  /// What stands for a value that is absent: the mean, of classes and counts the median. A count for one of a total that
  /// nobody knows is a rate.
  var filler: [Float] { Self.isFilledByMedian(modality) ? medianValues : meanValues }

  static func isFilledByMedian(_ modality: ModalityConfiguration) -> Bool {
    modality.likelihood == .categorical || modality.likelihood.isOfCounts && modality.exposure == .none
  }

  private func inSourceUnit(_ values: [Double]) -> [Float] {
    modality.sourceUnit?.restored(values) ?? values.map { Float($0) }
  }

  private func inFiles(_ values: [Float]) -> [Float] { order.fileOrder(of: values) }
}
