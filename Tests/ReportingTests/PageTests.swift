import Configuration
import Evaluation
import Foundation
import Reporting
import TestSupport
import Testing

@Suite struct PageTests {
  @Test("One epoch, no validation, no data: a page without what they would give")
  func leastRun() throws {
    try RunFiles(metrics: metricsLine(epoch: 1, hasValidation: false)).read { record in
      let page = Report.html(record, nil, notes: ["There is no data."])
      #expect(page.contains("Training ELBO") && page.contains("There is no data."))
      #expect(page.contains("<h2>Learning curves</h2>") && page.contains("Throughput"))
      #expect(!page.contains("Validation ELBO") && !page.contains(">validation</li>"))
      for section in ["Draws", "Reconstructions", "latent space", "Confusion", "Warnings", "Evaluation"] {
        #expect(!page.contains("<h2>\(section)"), "\(section)")
      }
    }
  }

  @Test("Before the first epoch has ended there is a page, too")
  func noEpoch() throws {
    try RunFiles().read { record in
      let page = Report.html(record, nil, notes: [])
      #expect(page.contains("<h1>run</h1>") && !page.contains("Learning curves"))
    }
  }

  @Test("A diverged run breaks no chart")
  func divergedRun() throws {
    let metrics =
      metricsLine(epoch: 1) + metricsLine(epoch: 2, elbo: "\"NaN\"") + metricsLine(epoch: 3, elbo: "\"-Infinity\"")
    try RunFiles(metrics: metrics).read { record in
      let page = Report.html(record, nil, notes: [])
      Self.expectFinitePlaces(page)
      #expect(page.contains("not a number") && page.contains("−∞"), "the table of epochs says so")
    }
  }

  @Test("The warm-up is shaded as long as a divergence does not count fully")
  func warmUp() throws {
    let metrics = metricsLine(epoch: 1, warmUp: 0.5) + metricsLine(epoch: 2)
    try RunFiles(metrics: metrics).read { record in
      let page = Report.html(record, nil, notes: [])
      #expect(page.contains("class=\"band\"") && page.contains("that of the core from epoch 3"))
    }
    try RunFiles(metrics: metricsLine(epoch: 1)).read { record in
      #expect(!Report.html(record, nil, notes: []).contains("class=\"band\""))
    }
  }

  @Test("Of very many warnings the first are shown and the rest counted")
  func manyWarnings() throws {
    let journal = (0..<40).map { "{\"time\":\"2026-11-23T20:01:00Z\",\"warning\":\"number \($0).\"}\n" }.joined()
    try RunFiles(journal: journal).read { record in
      let page = Report.html(record, nil, notes: [])
      #expect(page.contains("number 29.") && !page.contains("number 30.") && page.contains("10 more are in"))
    }
  }

  @Test("A modality whose divergence is under 0.1 nats is warned of, with the key that helps")
  func silentLatent() throws {
    try RunFiles(metrics: metricsLine(epoch: 1, term: "kl/label", termValue: 0.0994)).read { record in
      let page = Report.html(record, nil, notes: [])
      #expect(page.contains("The divergence of label is 0.099 nats (validation, epoch 1)"))
      #expect(page.contains("raise model.modalities.label.reconstruction_weight, now 1.0"))
    }
    for metrics in [
      metricsLine(epoch: 1, term: "kl/label", termValue: 0.1), metricsLine(epoch: 1, term: "kl/core", termValue: 0),
      metricsLine(epoch: 1, term: "kl/label", termValue: 0) + metricsLine(epoch: 2, term: "kl/label", termValue: 2),
    ] {
      try RunFiles(metrics: metrics).read { #expect(!Report.html($0, nil, notes: []).contains("<h2>Warnings</h2>")) }
    }
  }

  @Test("A page with everything holds pictures, map and matrix, and loads nothing")
  func wholePage() throws {
    let model = try smallModel()
    let rows = try withSmallDataset(rows: 20) { try RowFindings(model, $0) }
    let draws = try Gallery(model, classNames: [:]).draws()
    let findings = ModelFindings(epoch: 2, parameterCount: 99, draws: draws, rows: rows)
    try RunFiles(metrics: metricsLine(epoch: 1) + metricsLine(epoch: 2)).read { record in
      let page = Report.html(record, findings, notes: [])
      #expect(page.components(separatedBy: "<img src=\"data:image/png;base64,").count == 6, "2 drawn, 3 of rows")
      #expect(page.components(separatedBy: "alt=\"").count == 6)
      #expect(page.contains("<h2>Core latent space</h2>") && page.contains("<h2>Confusion: label from image</h2>"))
      #expect(page.contains("default-src 'none'"))
      for outside in ["http:", "src=\"/", "url(", "@import", "<link rel=\"stylesheet\""] {
        let text = page.replacing("http://www.w3.org/2000/svg", with: "")
        #expect(!text.contains(outside), "\(outside)")
      }
      #expect(Self.headings(page) == Self.headings(page).sorted { $0.first == "1" && $1.first != "1" })
    }
  }

  @Test(
    "Numbers that no training gives end neither the report nor a comparison, and break no chart",
    arguments: [
      [
        metricsLine(epoch: -3, step: "18446744073709551615", elbo: "1e300", speed: "1e308", seconds: "1e300"),
        metricsLine(epoch: -2, step: "0", elbo: "-1e300", warmUp: 0.5, speed: "1e308", seconds: "1e308"),
      ],
      [
        metricsLine(epoch: .min, step: "1", elbo: "5e-324", warmUp: -1e300, speed: "-1e300", seconds: "-1e300"),
        metricsLine(epoch: .max, step: "2", elbo: "0", speed: "0", seconds: "\"NaN\"", worldSize: .max),
      ],
      [metricsLine(epoch: 1, elbo: "1e15"), metricsLine(epoch: 2, elbo: "-1e15", seconds: "\"Infinity\"")],
    ])
  func hostileNumbers(lines: [String]) throws {
    let steps = "{\"epoch\":1,\"loss\":1e300,\"step\":18446744073709551615}\n{\"epoch\":1,\"loss\":-1,\"step\":0}\n"
    try RunFiles(metrics: lines.joined(), steps: steps, evaluation: Self.hostileEvaluation).read { record in
      #expect(record.epochs.count == 2 && record.steps.count == 2 && record.evaluations.count == 1)
      Self.expectFinitePlaces(Report.html(record, nil, notes: []))
      Self.expectFinitePlaces(Report.comparison([("one", record), ("two", record)]))
    }
  }

  private static var hostileEvaluation: EvaluationReport {
    EvaluationReport(
      name: "small", family: "mhvae", paperSetup: nil, epoch: .min, dataFingerprint: "", rows: .max, samples: .min,
      seed: .max, worldSize: .max, seconds: 1e300,
      likelihoods: [LikelihoodEstimate(quantity: "", given: [], mean: 1e300, standardError: .infinity, paper: -1e300)],
      objective: ObjectiveEstimate(elbo: -1e300, terms: ["": 1e300]),
      accuracies: [AccuracyEstimate(modality: "", given: [], accuracy: 1e308, standardError: .nan)],
      activeUnits: [ActiveUnits(latent: "", active: .max, count: .min)])
  }

  /// Fails where an attribute that places something in a drawing is no finite number, or a path not of such.
  private static func expectFinitePlaces(_ page: String, sourceLocation: SourceLocation = #_sourceLocation) {
    let places = page.matches(of: #/ (d|c?[xy]|width|height)="([^"]*)"/#)
    #expect(places.count > 20, sourceLocation: sourceLocation)
    for place in places {
      let numbers = place.1 == "d" ? /(?:[MLHVmhvz ]|-?[0-9]+(?:\.[0-9]+)?)*/ : /-?[0-9]+(?:\.[0-9]+)?/
      #expect(place.2.wholeMatch(of: numbers) != nil, "\(place.0)", sourceLocation: sourceLocation)
    }
  }

  /// The levels of all headings in their order, checked to leave none out.
  private static func headings(_ page: String) -> [String] {
    let levels = page.matches(of: /<h([1-6])>/).map { Int($0.1) ?? 0 }
    for (level, next) in zip(levels, levels.dropFirst()) { #expect(next <= level + 1, "h\(next) after h\(level)") }
    return levels.map(String.init)
  }

  @Test("Runs are told apart by colours, and beyond these by dashes")
  func manyRuns() throws {
    try RunFiles(metrics: metricsLine(epoch: 1)).read { record in
      let page = Report.comparison((1...21).map { ("run \($0)", record) })
      let curves = page.matches(of: /<path class="curve ([^"]*)"/).map { String($0.1) }
      let colours = (0..<10).map { "c\($0)" }
      #expect(Array(curves.prefix(21)) == colours + colours.map { "\($0) dashed" } + ["c0"])
      for part in ["<li class=\"c0 dashed\">run 11</li>", "<g class=\"dots c0 dashed\">", "isDashed&quot;:true"] {
        #expect(page.contains(part), "\(part)")
      }
    }
  }

  @Test("Runs are laid over each other with what is set differently")
  func comparison() throws {
    let metrics = metricsLine(epoch: 1) + metricsLine(epoch: 2, elbo: "-4.25")
    try RunFiles(metrics: metrics).read { first in
      try RunFiles(metrics: metrics).read { second in
        var second = second
        second.configuration.training.learningRate = 0.125
        second.evaluations = [RunRecord.Evaluation(file: "evaluation.json", report: smallEvaluation())]
        let page = Report.comparison([("one", first), ("two", second)])
        #expect(page.contains("Validation ELBO") && page.contains("Divergence (KL) of core, validation"))
        #expect(page.contains("<th scope=\"row\">training.learning_rate</th>") && page.contains("0.125"))
        #expect(!page.contains("<th scope=\"row\">training.seed</th>"))
        #expect(page.contains("−3.50 ± 0.25") && page.contains("−4.25"))
      }
    }
  }
}

/// An evaluation of the small model.
func smallEvaluation(quantity: String = "log p(image)", given: String = "image") -> EvaluationReport {
  EvaluationReport(
    name: "small", family: "mhvae", paperSetup: nil, epoch: 2, dataFingerprint: "x", rows: 20, samples: 10, seed: 1,
    worldSize: 2, seconds: 3,
    likelihoods: [
      LikelihoodEstimate(quantity: quantity, given: [given], mean: -3.5, standardError: 0.25, paper: -3)
    ],
    objective: ObjectiveEstimate(elbo: -4, terms: ["kl/core": .nan]),
    accuracies: [AccuracyEstimate(modality: "label", given: [given], accuracy: 0.75, standardError: nil)],
    activeUnits: [ActiveUnits(latent: "core", active: 2, count: 3)])
}
