import Communication
import Configuration
import Evaluation
import Foundation
import Kernels
import Layers
import Models
import Runs
import Storage
import Testing

/// A model that decodes every test row as it was observed, whatever is given: it looks its rows up. Of images it can miss
/// every pixel by the same.
private final class Echo: Model {
  let configuration: ModelConfiguration
  let memory = ModelMemory()
  let likelihoods: any Model
  private let shift: Float

  /// - Parameter likelihoods: a model of the same modalities.
  init(_ likelihoods: any Model, shift: Float = 0) {
    (self.likelihoods, configuration, self.shift) = (likelihoods, likelihoods.configuration, shift)
  }

  var termNames: [String] { [] }
  var objectiveNoise: [NoiseDescription] { [] }
  func loss(terms: UnsafeBufferPointer<Double>, weights: ObjectiveWeights) -> Double { 0 }
  func elbo(terms: UnsafeBufferPointer<Double>) -> Double { 0 }
  func likelihood(of modality: Int) -> Likelihood { likelihoods.likelihood(of: modality) }
  func makeObjectivePass(rows: Int) -> any ObjectivePass { preconditionFailure("it is not trained") }

  func makeProposal(given: [Int], decoded: [Int], rows: Int, draws: Int) -> any Proposal {
    EchoProposal(draws: draws, shift: shift)
  }
}

private final class EchoProposal: Proposal {
  let noise = [NoiseDescription(name: "latent", width: 1)]
  let posteriors: [LatentPosterior] = []
  private let draws: Int
  private let shift: Float
  private var observations = Observations([])
  private var row = 0

  init(draws: Int, shift: Float) { (self.draws, self.shift) = (draws, shift) }

  func encode(_ observations: Observations) { self.observations = observations }

  func draw(row: Int, noise: [Matrix], draws: Int, logWeights: UnsafeMutablePointer<Double>) { self.row = row }

  func latents(draws: Int) -> [Matrix] { [FloatArena(count: draws).matrix(rows: draws, columns: 1)] }

  func decode(_ modality: Int, draws: Int, reading read: (_ draws: Range<Int>, _ output: Matrix) -> Void) {
    let observed = observations.inputs[modality]
    let output = FloatArena(count: draws * observed.columns).matrix(rows: draws, columns: observed.columns)
    // Logits of a class are so far apart that rounding cannot exchange them; real numbers are means.
    for draw in 0..<draws {
      for i in 0..<observed.columns {
        output[draw, i] = observed.columns == 3 ? 20 * observed[row, i] : observed[row, i] + (modality == 0 ? shift : 0)
      }
    }
    read(0..<draws, output)
  }
}

struct MeasureTests {
  /// The small model with an image of real numbers, so that a decoder can give any.
  private static let document = smallModel.replacing(
    "likelihood: bernoulli\n    latent: 2\n    encoder: [{conv",
    with: "likelihood: gaussian\n    latent: 2\n    encoder: [{conv")

  private static let judgeDocument = """
    name: judge
    model:
      family: classifier
      label: label
      modalities:
        - {name: image, shape: [2, 2, 3], likelihood: gaussian, encoder: [{linear: 6, activation: swish}]}
        - {name: switches, shape: [2], likelihood: bernoulli}
        - {name: label, shape: [3], likelihood: categorical}
    training: {epochs: 1, batch_size: 2, learning_rate: 1, seed: 1, warm_up: {core: 1}, keep_checkpoints: 1}
    evaluation: {samples: 1}
    """

  /// A classifier with random weights.
  private func judge() throws -> Judge {
    let configuration = try RunConfiguration(yaml: Self.judgeDocument)
    let model = try makeModel(configuration.model)
    model.memory.initialize(seed: 11)
    return try Judge(TrainedModel(configuration: configuration, model: model, epoch: 1, dataFingerprint: ""))
  }

  @Test("A decoder that returns test rows has the classifier's own accuracy as coherence, and no distance from them")
  func echo() throws {
    let model = Echo(try makeModel(ModelConfiguration(yaml: Self.document)))
    let judge = try judge()
    try withSmallDataset(rows: 150) { dataset in
      let accuracies = try judge.accuracies(dataset, collectives: SingleRank())
      let measures = try evaluator(model, dataset).measures(judge, dataset) { _, _ in }
      func find(_ measure: Measure, _ of: String, _ given: [String]) throws -> MeasureEstimate {
        try #require(measures.first { $0.measure == measure && $0.of == of && $0.given == given })
      }
      for name in ["image", "switches"] {
        let own = try #require(accuracies.first { $0.given == [name] })
        for given in [["label"], [name == "image" ? "switches" : "image"]] {
          let found = try find(.conditionalCoherence, name, given)
          #expect(found.value == own.accuracy && found.standardError == own.standardError, "\(found)")
          #expect(found.classifierAccuracy == own.accuracy && found.rows == 150)
        }
      }
      #expect(accuracies[0].accuracy > 0.1 && accuracies[0].accuracy < 0.9)
      #expect(try find(.conditionalCoherence, "label", ["image"]).value == 1)
      let distance = try find(.frechetDistance, "image", ["label"])
      #expect(abs(distance.value) < 1e-6)
      #expect(try #require(distance.standardError) < 1e-6, "its rows are the test rows themselves")
      let mean = try #require(measures.first { $0.measure == .meanConditionalCoherence && $0.subsetSize == 2 })
      let expected = (accuracies[0].accuracy + accuracies[1].accuracy + 1) / 3
      #expect(abs(mean.value - expected) < 1e-12)
    }
  }

  @Test("A decoder that returns test rows misses no pixel, and has no signal-to-noise ratio", arguments: [true, false])
  func pictureQuality(isShifted: Bool) throws {
    let document = Self.document.replacing("[2, 2, 3]", with: "[1, 4, 3]")
    let model = Echo(try makeModel(ModelConfiguration(yaml: document)), shift: isShifted ? 0.125 : 0)
    try withSmallDataset(rows: 40, imageShape: [1, 4, 3]) { dataset in
      let measures = try evaluator(model, dataset).measures(nil, dataset) { _, _ in }
      let found = measures.filter { $0.measure == .meanSquaredError && $0.of == "image" }
      #expect(found.count == 7, "from every subset")
      #expect(found.allSatisfy { abs($0.value - (isShifted ? 1.0 / 64 : 0)) < 1e-6 && $0.rows == 40 }, "\(found)")
      let ratios = measures.filter { $0.measure == .signalToNoise && $0.of == "image" }
      #expect(ratios.allSatisfy { abs($0.value - 10 * log10(64)) < 1e-4 } && ratios.isEmpty == !isShifted, "\(ratios)")
    }
  }

  @Test("Without a judge, latents are probed for the one modality of classes")
  func probeAlone() throws {
    let model = try smallTrainedModel()
    try withSmallDataset(rows: 60, .test, .train) { dataset in
      let probes = try evaluator(model, dataset).measures(nil, dataset) { _, _ in }.filter {
        $0.measure == .linearProbe
      }
      // Of the three subsets without the label, the latents that each determines.
      #expect(probes.count == 7 && probes.allSatisfy { !$0.given.contains("label") && $0.rows == 60 }, "\(probes)")
      #expect(Set(probes.map(\.of)) == ["core", "image", "switches"], "\(probes)")
    }
  }

  @Test("Joint coherence is the part of draws of which all show one class")
  func jointCoherence() throws {
    let model = try smallTrainedModel()
    // Whatever is drawn, the label is class 1 and the switches are on.
    model.set("modality.label.decoder.0.linear.weight", [Float](repeating: 0, count: 6))
    model.set("modality.label.decoder.0.linear.bias", [0, 9, 0])
    let judge = try judge()
    try withSmallDataset(rows: 30) { dataset in
      for (told, expected) in [(1, 1.0), (2, 0.0)] {
        for (name, width) in [("image.classifier.1", 6), ("switches.classifier.0", 2)] {
          judge.model.set("modality.\(name).linear.weight", [Float](repeating: 0, count: 3 * width))
          judge.model.set("modality.\(name).linear.bias", (0..<3).map { $0 == told ? 1 : 0 })
        }
        let measures = try evaluator(model, dataset).measures(judge, dataset) { _, _ in }
        let found = try #require(measures.first { $0.measure == .jointCoherence })
        #expect(found.rows == Evaluator.jointDraws && found.of == "image, label, switches")
        #expect(found.value == expected)
      }
    }
  }

  @Test("What is not finite has no class: a diverged model is not coherent")
  func diverged() throws {
    let model = try smallTrainedModel()
    for modality in ["image", "label", "switches"] { model.fill("modality.\(modality).decoder.0.linear.bias", .nan) }
    let judge = try judge()
    try withSmallDataset(rows: 30) { dataset in
      let measures = try evaluator(model, dataset).measures(judge, dataset) { _, _ in }
      let shares = measures.filter { $0.measure.isShare && $0.measure != .linearProbe }
      #expect(shares.count > 9 && shares.allSatisfy { $0.value == 0 }, "\(shares)")
      let others = measures.filter { $0.measure == .frechetDistance || $0.measure == .meanSquaredError }
      #expect(!others.isEmpty && others.allSatisfy { $0.value.isNaN }, "\(others)")
    }
  }

  @Test("A model that is no classifier cannot judge")
  func noClassifier() throws {
    let trained = try LinearGaussian.trained(fingerprint: "")
    #expect(throws: EvaluationError.self) { try Judge(trained) }
  }
}
