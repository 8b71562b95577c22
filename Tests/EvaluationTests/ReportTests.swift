import Configuration
import Evaluation
import Testing

private func report(_ family: String, mean: Double, rows: Int = 100, epoch: Int = 30, setup: String? = "mnist")
  -> EvaluationReport
{
  EvaluationReport(
    name: "mnist", family: family, paperSetup: setup, epoch: epoch, dataFingerprint: "sha256:0", rows: rows, samples: 5,
    seed: 1,
    worldSize: 2, seconds: 1,
    likelihoods: [
      LikelihoodEstimate(
        quantity: "log p(image)", given: ["image"], mean: mean, standardError: 0.25, paper: -89.05),
      LikelihoodEstimate(quantity: "log p(label)", given: [], mean: -2.3, standardError: nil, paper: nil),
    ],
    objective: ObjectiveEstimate(elbo: -95.5, terms: ["kl/core": 4]),
    accuracies: [AccuracyEstimate(modality: "label", given: ["image"], accuracy: 0.975, standardError: 0.01)],
    activeUnits: [ActiveUnits(latent: "core", active: 4, count: 10)])
}

struct ReportTests {
  @Test("A report survives its file, infinities included", arguments: [-95.25, -.infinity])
  func survivesJSON(mean: Double) throws {
    let original = report("mhvae", mean: mean)
    #expect(try EvaluationReport(json: original.json) == original)
  }

  @Test("The text says everything")
  func text() {
    #expect(
      report("mhvae", mean: -95.25).text == """
        quantity      given     nats  std. error    paper
        log p(image)  image  -95.250       0.250  -89.050
        log p(label)  prior   -2.300           -        -
        ELBO -95.500: kl/core 4.000
        label from image: 97.5 % right (std. error 1.0)
        active units: core 4 of 10
        the paper's figures are of 5000 samples a row and 10000 test rows, these of 5 and 100; figures from little, as from the label, rise most with the samples
        """)
  }

  @Test("Estimates under a mixture have columns of their own, and the mixture is described")
  func mixture() throws {
    var report = report("mhvae", mean: -95.25, setup: nil)
    report.mixture = LatentMixture.Fit(components: 10, rows: 54_000, logDensity: -12.5, standardLogDensity: -14.25)
    report.likelihoods[0].mixture = MixtureEstimate(mean: -94.75, standardError: 0.125)
    let lines = report.text.split(separator: "\n")
    #expect(lines[0] == "quantity      given     nats  std. error  mixture  std. error    paper")
    #expect(lines[1] == "log p(image)  image  -95.250       0.250  -94.750       0.125  -89.050")
    #expect(lines[2] == "log p(label)  prior   -2.300           -        -           -        -")
    #expect(
      lines.last
        == "under the mixture: another prior of the shared latent than the model's N(0, I); latents of 54000 training rows: mean log density -12.50 nats under 10 Gaussians, -14.25 under N(0, I)"
    )
    #expect(try EvaluationReport(json: report.json) == report)
  }

  @Test(
    "Numbers of any unit keep significant digits, whatever their size",
    arguments: [(1.23456e-5, "1.23e-05"), (-0.0625, "-0.0625"), (0.1, "0.100"), (1234.5678, "1234.568"), (0, "0.000")])
  func significantDigits(value: Double, text: String) {
    #expect(value.formatted(significant: 3) == text)
  }

  @Test("What differs from the paper's samples and rows is said, in the comparison too")
  func paperConditions() {
    var report = report("mhvae", mean: -95.25, rows: 10_000)
    report.samples = 5000
    #expect(report.notes.isEmpty)
    report.rows = 300
    #expect(report.notes == ["the paper's figures are of 10000 test rows, these of 300"])
    #expect(Comparison([("a", report)]).notes == ["a: the paper's figures are of 10000 test rows, these of 300"])
    report.paperSetup = nil
    #expect(report.notes.isEmpty)
  }

  @Test("A floor is a line of every table")
  func floors() {
    var report = report("mhvae", mean: -95.25, setup: nil)
    report.floors = [FloorEstimate(modality: "image", mean: -45.5, standardError: 0.125, rows: 100)]
    #expect(report.text.contains("\nfloor of log p(image)  -      -45.500       0.125        -\n"), "\(report.text)")
    #expect(Comparison([("a", report)]).lines.contains(["floor of log p(image)", "-", "-45.50"]))
  }

  @Test("A report of an earlier version, without floors, is read")
  func earlierVersion() throws {
    var report = report("mhvae", mean: -95.25)
    let text = String(decoding: try report.json, as: UTF8.self)
    #expect(text.contains("  \"floors\" : [\n\n  ],\n"))
    report.floors = nil
    #expect(try EvaluationReport(json: text.replacing("  \"floors\" : [\n\n  ],\n", with: "").utf8) == report)
  }

  @Test("Without active units there is no line of them")
  func noUnits() {
    var report = report("mhvae", mean: -95.25)
    (report.activeUnits, report.paperSetup) = ([], nil)
    #expect(report.text.hasSuffix("label from image: 97.5 % right (std. error 1.0)"))
  }

  @Test("Where a JMVAE was given some of three modalities, report and comparison say that it used the first")
  func firstGivenOnly() {
    for family in ["jmvae", "mvae"] {
      var report = report(family, mean: -95.25, setup: nil)
      #expect(report.notes.isEmpty)
      report.accuracies[0].given = ["image", "word"]
      #expect(report.notes.count == (family == "jmvae" ? 1 : 0))
      #expect(report.text.contains("uses the first of several given modalities") == (family == "jmvae"))
      #expect(Comparison([("a", report)]).notes.count == (family == "jmvae" ? 1 : 0))
    }
  }

  @Test("Of standardised modalities report and comparison say how far log p is from that in the unit of the data")
  func units() throws {
    var report = report("mhvae", mean: -95.25, setup: nil)
    let unit = SourceUnit(mean: [5, 7], deviation: [100, 0.5])
    report.logScales = ["state": unit.logScale(values: 4)]
    let note =
      "log p of state is a density of its standardised values; in the unit of the data it is 7.824 nats lower"
    #expect(report.notes == [note] && report.text.hasSuffix(note))
    #expect(Comparison([("a", report)]).notes == ["a: \(note)"])
    #expect(try EvaluationReport(json: report.json) == report)
  }

  @Test("A comparison has the paper's columns and one for each run")
  func comparison() {
    let comparison = Comparison([("a", report("jmvae", mean: -95.25)), ("b", report("mhvae", mean: -94))])
    #expect(
      comparison.text == """
        quantity        given  paper jmvae  paper mhvae              a              b
        log p(image)    image       -90.19       -89.05  -95.25 ± 0.25  -94.00 ± 0.25
        log p(label)    prior            -            -          -2.30          -2.30
        ELBO                             -            -         -95.50         -95.50
        label right, %  image            -            -           97.5           97.5
        """)
    #expect(comparison.differences.isEmpty)
  }

  @Test("A cell is that of the quantity and of what was given, also where one of them is another's")
  func cells() {
    var other = report("mhvae", mean: -95.25)
    for (given, mean) in [(["label"], -96.5), (["image", "label"], -94.75)] {
      other.likelihoods.append(
        LikelihoodEstimate(quantity: "log p(image)", given: given, mean: mean, standardError: nil, paper: nil))
    }
    let lines = Comparison([("a", other)]).lines.filter { $0[0] == "log p(image)" }
    #expect(lines.map { $0[1] } == ["image", "label", "image, label"])
    #expect(lines.compactMap(\.last) == ["-95.25 ± 0.25", "-96.50", "-94.75"])
  }

  @Test("The paper's columns stand only beside the paper's models")
  func otherModels() {
    let comparison = Comparison([("a", report("jmvae", mean: -95)), ("b", report("mhvae", mean: -94, setup: nil))])
    #expect(!comparison.text.contains("paper"))
    #expect(comparison.differences == ["b and a differ in set-up"])
  }

  @Test("A comparison says what keeps runs from being compared")
  func differences() {
    let comparison = Comparison([
      ("a", report("jmvae", mean: -95)), ("b", report("mhvae", mean: -94, rows: 99, epoch: 29)),
    ])
    #expect(comparison.differences == ["b and a differ in number of rows and number of epochs"])
  }
}
