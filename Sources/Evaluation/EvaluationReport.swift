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
  /// Rows that have one of the quantities, and of which it is the mean; nil in reports of earlier versions.
  package var rows: Int?
  /// The same under a mixture in the place of N(0, I); nil if none was asked for.
  package var mixture: MixtureEstimate?
  /// What the paper reports for it, if it does.
  package var paper: Double?

  /// Such as `image, label` or `prior`.
  package var source: String { given.isEmpty ? "prior" : given.joined(separator: ", ") }

  package init(
    quantity: String, given: [String], mean: Double, standardError: Double?, rows: Int? = nil,
    mixture: MixtureEstimate? = nil, paper: Double?
  ) {
    (self.quantity, self.given, self.mean) = (quantity, given, mean)
    (self.standardError, self.rows, self.mixture, self.paper) = (standardError, rows, mixture, paper)
  }

  package enum CodingKeys: String, CodingKey {
    case quantity, given, mean, rows, mixture, paper
    case standardError = "standard_error"
  }
}

/// A mean over test rows under a mixture, in nats.
package struct MixtureEstimate: Codable, Equatable, Sendable {
  package var mean: Double
  package var standardError: Double?

  package init(mean: Double, standardError: Double?) { (self.mean, self.standardError) = (mean, standardError) }

  package enum CodingKeys: String, CodingKey {
    case mean
    case standardError = "standard_error"
  }
}

/// The evidence lower bound on test rows, in nats, and the terms it consists of.
package struct ObjectiveEstimate: Codable, Equatable, Sendable {
  package var elbo: Double
  package var terms: [String: Double]

  package init(elbo: Double, terms: [String: Double]) { (self.elbo, self.terms) = (elbo, terms) }
}

/// How often a modality that was not seen is decoded as it was.
package struct AccuracyEstimate: Codable, Equatable, Sendable {
  package var modality: String
  package var given: [String]
  /// From 0 to 1; of a flat Bernoulli modality the share of its values.
  package var accuracy: Double
  package var standardError: Double?
  /// Rows that have the modality and something of what is given; nil in reports of earlier versions.
  package var rows: Int?

  package init(modality: String, given: [String], accuracy: Double, standardError: Double?, rows: Int? = nil) {
    (self.modality, self.given, self.accuracy, self.standardError) = (modality, given, accuracy, standardError)
    self.rows = rows
  }

  package enum CodingKeys: String, CodingKey {
    case modality, given, accuracy, rows
    case standardError = "standard_error"
  }

  /// For people.
  package var text: String {
    let error = standardError.map { " (std. error \((100 * $0).formatted(digits: 1)))" } ?? ""
    return "\(modality) from \(given.joined(separator: ", ")): \((100 * accuracy).formatted(digits: 1)) % right\(error)"
  }
}

/// How many dimensions of a latent carry information about the data.
package struct ActiveUnits: Codable, Equatable, Sendable {
  package var latent: String
  package var active: Int
  package var count: Int

  package init(latent: String, active: Int, count: Int) {
    (self.latent, self.active, self.count) = (latent, active, count)
  }
}

/// What `evaluation.json` holds.
package struct EvaluationReport: Codable, Equatable, Sendable {
  /// The configuration's name.
  package var name: String
  /// Such as `mhvae`.
  package var family: String
  /// The paper's set-up that the model is, if it is one.
  package var paperSetup: String?
  /// The epoch of the checkpoint that was evaluated.
  package var epoch: Int
  package var dataFingerprint: String
  package var split: String
  package var rows: Int
  /// K.
  package var samples: Int
  package var seed: UInt64
  /// What products of the model's networks read, such as `bf16`; nil for single precision.
  package var precision: String?
  package var worldSize: Int
  package var seconds: Double
  package var likelihoods: [LikelihoodEstimate]
  /// The mixture under which likelihoods were estimated, too; nil if none was asked for.
  package var mixture: LatentMixture.Fit?
  /// Nil in reports of earlier versions.
  package var floors: [FloorEstimate]?
  package var objective: ObjectiveEstimate
  package var accuracies: [AccuracyEstimate]
  package var activeUnits: [ActiveUnits]
  /// Nil if none were asked for.
  package var measures: [MeasureEstimate]?
  /// What judged; nil if nothing did.
  package var judge: JudgeDescription?
  /// Of each modality that models see standardised: by how many nats log p of a row, which is a density of what models
  /// see, is above that in the unit of the data; nil in reports of earlier versions.
  package var logScales: [String: Double]?

  package enum CodingKeys: String, CodingKey {
    case name, family, epoch, split, rows, samples, seed, precision, seconds, likelihoods, floors, objective,
      accuracies,
      measures, judge, mixture
    case paperSetup = "paper_setup"
    case dataFingerprint = "data_fingerprint"
    case worldSize = "world_size"
    case activeUnits = "active_units"
    case logScales = "log_scales"
  }

  package init(
    name: String, family: String, paperSetup: String?, epoch: Int, dataFingerprint: String, rows: Int, samples: Int,
    seed: UInt64, precision: String? = nil, worldSize: Int, seconds: Double, likelihoods: [LikelihoodEstimate],
    mixture: LatentMixture.Fit? = nil, floors: [FloorEstimate] = [],
    objective: ObjectiveEstimate, accuracies: [AccuracyEstimate], activeUnits: [ActiveUnits],
    measures: [MeasureEstimate]? = nil, judge: JudgeDescription? = nil,
    logScales: [String: Double] = [:]
  ) {
    (self.name, self.family, self.paperSetup, self.epoch) = (name, family, paperSetup, epoch)
    (self.dataFingerprint, split) = (dataFingerprint, "test")
    (self.rows, self.samples, self.seed, self.worldSize) = (rows, samples, seed, worldSize)
    (self.seconds, self.likelihoods, self.floors, self.objective) = (seconds, likelihoods, floors, objective)
    (self.accuracies, self.activeUnits, self.measures) = (accuracies, activeUnits, measures)
    (self.judge, self.precision, self.mixture) = (judge, precision, mixture)
    self.logScales = logScales
  }
}

extension EvaluationReport {
  /// The likelihoods beside the paper's, and what else was measured, for people.
  package var text: String {
    let hasGaps = likelihoods.contains { $0.rows ?? rows < rows }
    var table = TextTable(
      header: ["quantity", "given", "nats", "std. error"] + (mixture == nil ? [] : ["mixture", "std. error"])
        + ["paper"] + (hasGaps ? ["rows"] : []), textColumns: 2)
    for estimate in likelihoods {
      let counted = hasGaps ? ["\(estimate.rows ?? rows)"] : []
      table.add(
        [
          estimate.quantity, estimate.source, estimate.mean.formatted(digits: 3), text(estimate.standardError),
        ] + underMixture(estimate.mixture) + [text(estimate.paper)] + counted)
    }
    for floor in floors ?? [] {
      let counted = hasGaps ? ["\(floor.rows)"] : []
      table.add(
        [floor.quantity, "-", floor.mean.formatted(digits: 3), text(floor.standardError)] + underMixture(nil) + ["-"]
          + counted)
    }
    let others = [objectiveLine] + accuracyLines + activityLines + (measures.map { [$0.text] } ?? [])
    return ([table.text] + others + notesOnTable).joined(separator: "\n")
  }

  private func underMixture(_ estimate: MixtureEstimate?) -> [String] {
    mixture == nil ? [] : [text(estimate?.mean), text(estimate?.standardError)]
  }

  /// What one must know to compare these figures with others, a sentence each.
  package var notes: [String] { [paperNote, firstGivenNote].compactMap(\.self) + unitNotes }

  /// The same beside this report's own table, which may have columns under a mixture.
  package var notesOnTable: [String] {
    notes
      + (mixture.map { ["under the mixture: another prior of the shared latent than the model's N(0, I); \($0.text)"] }
        ?? [])
  }

  private var unitNotes: [String] {
    (logScales ?? [:]).sorted { $0.key < $1.key }.map { name, scale in
      "log p of \(name) is a density of its standardised values; in the unit of the data it is "
        + "\(abs(scale).formatted(digits: 3)) nats \(scale < 0 ? "higher" : "lower")"
    }
  }

  /// How samples and rows differ from those of the paper's figures.
  private var paperNote: String? {
    guard likelihoods.contains(where: { $0.paper != nil }), let paper = paperSetup.flatMap(PaperFigures.conditions)
    else { return nil }
    let differing = [(paper.samples, samples, "samples a row"), (paper.rows, rows, "test rows")].filter { $0.0 != $0.1 }
    guard !differing.isEmpty else { return nil }
    let theirs = differing.map { "\($0.0) \($0.2)" }.joined(separator: " and ")
    let ours = differing.map { "\($0.1)" }.joined(separator: " and ")
    let effect = paper.samples == samples ? "" : "; figures from little, as from the label, rise most with the samples"
    return "the paper's figures are of \(theirs), these of \(ours)\(effect)"
  }

  private var firstGivenNote: String? {
    let most = likelihoods.map(\.given.count).max() ?? 0
    let subsets = likelihoods.map(\.given).filter { $0.count < most } + accuracies.map(\.given)
    guard family == "jmvae", subsets.contains(where: { $0.count > 1 }) else { return nil }
    return "a JMVAE uses the first of several given modalities, unless all are given"
  }

  private var objectiveLine: String {
    let terms = objective.terms.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value.formatted(digits: 3))" }
    return "ELBO \(objective.elbo.formatted(digits: 3)): \(terms.joined(separator: ", "))"
  }

  private var accuracyLines: [String] {
    accuracies.map { estimate in
      estimate.text + (estimate.rows.map { $0 < rows ? ", of \($0) rows" : "" } ?? "")
    }
  }

  private var activityLines: [String] {
    let units = activeUnits.map { "\($0.latent) \($0.active) of \($0.count)" }
    return units.isEmpty ? [] : ["active units: \(units.joined(separator: ", "))"]
  }

  private func text(_ value: Double?) -> String { value?.formatted(digits: 3) ?? "-" }
}

// JSON has no infinities; a diverged model must be reported all the same.
extension EvaluationReport {
  private static let (positive, negative, undefined) = ("Infinity", "-Infinity", "NaN")

  /// The report as a file's bytes.
  package var json: [UInt8] {
    get throws {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
      encoder.nonConformingFloatEncodingStrategy = .convertToString(
        positiveInfinity: Self.positive, negativeInfinity: Self.negative, nan: Self.undefined)
      return Array(try encoder.encode(self)) + [UInt8(ascii: "\n")]
    }
  }

  /// Reads what `json` wrote.
  /// - Throws: what `JSONDecoder` throws.
  package init(json: some Sequence<UInt8>) throws {
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: Self.positive, negativeInfinity: Self.negative, nan: Self.undefined)
    self = try decoder.decode(EvaluationReport.self, from: Data(json))
  }
}
