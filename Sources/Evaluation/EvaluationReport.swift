internal import Foundation

/// One line of the table: a mean over test rows, in nats.
package struct LikelihoodEstimate: Codable, Equatable, Sendable {
  /// Such as `log p(image, label)`.
  package var quantity: String
  /// What the proposal saw; empty for the prior.
  package var given: [String]
  package var mean: Double
  /// Of the mean over rows, Monte Carlo noise of the draws included; nil for a single row.
  package var standardError: Double?
  /// What the paper reports for it, if it does.
  package var paper: Double?

  package enum CodingKeys: String, CodingKey {
    case quantity, given, mean, paper
    case standardError = "standard_error"
  }
}

/// What `evaluation.json` holds.
package struct EvaluationReport: Codable, Equatable, Sendable {
  /// The configuration's name.
  package var name: String
  /// Such as `mhvae`.
  package var family: String
  /// The epoch of the checkpoint that was evaluated.
  package var epoch: Int
  package var dataFingerprint: String
  package var split: String
  package var rows: Int
  /// K.
  package var samples: Int
  package var seed: UInt64
  package var worldSize: Int
  package var seconds: Double
  package var likelihoods: [LikelihoodEstimate]

  package enum CodingKeys: String, CodingKey {
    case name, family, epoch, split, rows, samples, seed, seconds, likelihoods
    case dataFingerprint = "data_fingerprint"
    case worldSize = "world_size"
  }

  package init(
    name: String, family: String, epoch: Int, dataFingerprint: String, split: String, rows: Int, samples: Int,
    seed: UInt64,
    worldSize: Int, seconds: Double, likelihoods: [LikelihoodEstimate]
  ) {
    (self.name, self.family, self.epoch) = (name, family, epoch)
    (self.dataFingerprint, self.split) = (dataFingerprint, split)
    (self.rows, self.samples, self.seed, self.worldSize) = (rows, samples, seed, worldSize)
    (self.seconds, self.likelihoods) = (seconds, likelihoods)
  }
}

extension EvaluationReport {
  /// The likelihoods beside the paper's, as a table for people.
  package var table: String {
    let header = ["quantity", "given", "nats", "std. error", "paper"]
    let lines = likelihoods.map { estimate in
      [
        estimate.quantity, estimate.given.isEmpty ? "prior" : estimate.given.joined(separator: ", "),
        estimate.mean.formatted(digits: 3), text(estimate.standardError), text(estimate.paper),
      ]
    }
    let widths = header.indices.map { column in ([header] + lines).map { $0[column].count }.max() ?? 0 }
    return ([header] + lines).map { cells in
      cells.enumerated().map { column, cell in
        let padding = String(repeating: " ", count: widths[column] - cell.count)
        return column < 2 ? cell + padding : padding + cell
      }.joined(separator: "  ")
    }.joined(separator: "\n")
  }

  private func text(_ value: Double?) -> String { value?.formatted(digits: 3) ?? "-" }

  /// The report as JSON; numbers that are not finite become strings, so that a diverged model can be reported too.
  package var json: [UInt8] {
    get throws {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
      encoder.nonConformingFloatEncodingStrategy = .convertToString(
        positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
      return Array(try encoder.encode(self)) + [UInt8(ascii: "\n")]
    }
  }
}
