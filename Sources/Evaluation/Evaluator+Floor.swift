internal import Configuration
internal import DataLoading
internal import Foundation
internal import Kernels
internal import Models

/// The highest log-likelihood that any model can give soft targets of a Bernoulli modality: a mean over test rows, in
/// nats.
package struct FloorEstimate: Codable, Equatable, Sendable {
  package var modality: String
  package var mean: Double
  package var standardError: Double?
  /// Rows that have the modality.
  package var rows: Int

  package init(modality: String, mean: Double, standardError: Double?, rows: Int) {
    (self.modality, self.mean, self.standardError, self.rows) = (modality, mean, standardError, rows)
  }

  /// As in tables.
  package var quantity: String { "floor of log p(\(modality))" }

  package enum CodingKeys: String, CodingKey {
    case modality, mean, rows
    case standardError = "standard_error"
  }
}

extension Evaluator {
  /// `Σ x log x + (1 - x) log (1 - x)` of every Bernoulli modality with values between 0 and 1; that of zeros and ones is
  /// 0 and left out (spec section 9).
  /// - Parameter modalities: indices of those to look at; all if nil.
  /// - Throws: what the exchange throws.
  package func floors(of modalities: [Int]? = nil) throws -> [FloorEstimate] {
    let configurations = model.configuration.modalities
    let soft = (modalities ?? Array(configurations.indices)).filter { configurations[$0].likelihood == .bernoulli }
    var moments = soft.map { _ in Moments() }
    blocks.forEachBlock { _, block in
      for (place, modality) in soft.enumerated() {
        for row in 0..<block.rows where block.has(modality, row: row) {
          let values = block.inputs[modality].rows(row..<row + 1).values
          moments[place].add(values.reduce(0) { $0 + highestLogProbability(Double($1)) })
        }
      }
    }
    return zip(soft, try sum(moments)).compactMap { modality, moments in
      guard moments.sum != 0 else { return nil }
      return FloorEstimate(
        modality: configurations[modality].name, mean: moments.mean, standardError: moments.standardError,
        rows: moments.count)
    }
  }
}

/// Of a target x under a Bernoulli distribution: the one with mean x gives it.
private func highestLogProbability(_ x: Double) -> Double {
  guard x > 0, x < 1 else { return 0 }
  return x * log(x) + (1 - x) * log1p(-x)
}
