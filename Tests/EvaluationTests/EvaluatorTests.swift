import Configuration
import DataLoading
import Evaluation
import Foundation
import Kernels
import Layers
import Models
import Runs
import Storage
import TestSupport
import Testing
import Training

struct EvaluatorTests {
  @Test("The accuracy of a decoder that always says class 1 is the share of class 1")
  func accuracyOfConstantDecoder() throws {
    let model = try smallTrainedModel()
    model.set("modality.label.decoder.0.linear.weight", [Float](repeating: 0, count: 6))
    model.set("modality.label.decoder.0.linear.bias", [0, 1, 0])
    model.set("modality.switches.decoder.0.linear.weight", [Float](repeating: 0, count: 4))
    model.set("modality.switches.decoder.0.linear.bias", [2, 2])
    try withSmallDataset(rows: 70) { dataset in
      let found = try evaluator(model, dataset).accuracies()
      #expect(found.map(\.modality) == ["label", "switches"], "an image is not decided")
      #expect(found.map(\.given) == [["image", "switches"], ["image", "label"]])
      #expect(abs(found[0].accuracy - 23.0 / 70) < 1e-12, "classes 0, 1, 2, 0, ... of 70 rows")
      // Of n values that are 0 or 1, the mean's error is √(p (1 - p) / (n - 1)).
      let error = try #require(found[0].standardError)
      #expect(abs(error - (23.0 / 70 * 47 / 70 / 69).squareRoot()) < 1e-12, "found \(error)")
      #expect(abs(found[1].accuracy - 0.5) < 1e-12, "both said to be on, one is")
      #expect(found[1].standardError == 0)
      let some = try evaluator(model, dataset).accuracies(given: [0, 1], targets: [0, 1, 2])
      #expect(some.map(\.modality) == ["switches"], "what is given needs no guess")
    }
  }

  @Test("A latent dimension is active when its mean follows the data")
  func activeUnitsAreCounted() throws {
    let model = try smallTrainedModel()
    model.set("modality.image.posterior.mean.weight", [Float](repeating: 0, count: 8))
    model.set("modality.label.posterior.mean.weight", [0, 0, 0, 0, 9, 9, 9, 9])
    model.set("core.posterior.mean.weight", [Float](repeating: 0, count: 12))
    model.set("modality.switches.posterior.mean.weight", [Float](repeating: 1, count: 8))
    try withSmallDataset(rows: 70) { dataset in
      let units = try evaluator(model, dataset).activeUnits()
      #expect(units.map(\.latent) == ["core", "image", "label", "switches"])
      #expect(units.map(\.count) == [3, 2, 2, 2])
      #expect(units.map(\.active) == [0, 0, 1, 0], "the switches never change, so their latent cannot follow")
    }
  }

  /// The posterior mean given y alone is u (y - c) e^-t times the posterior variance. Of n values ±a the variance is
  /// a² n / (n - 1).
  @Test("A latent dimension is active when its mean varies by more than 0.01", arguments: [(0.0097, 0), (0.0103, 1)])
  func activityThreshold(variance: Double, active: Int) throws {
    let slope = LinearGaussian.u * exp(-LinearGaussian.t) * LinearGaussian.posterior(x: nil, y: 0).variance
    let step = (variance * 39 / 40).squareRoot() / slope
    try temporaryDirectory { directory in
      let path = directory.appending(path: "data.h5").path
      try LinearGaussian.pack((0..<40).map { (x: nil, y: Float($0 % 2 == 0 ? step : -step)) }, to: path)
      let model = try LinearGaussian.trained(fingerprint: "").model
      let units = try evaluator(model, try PackedDataset.open(path)).activeUnits()
      #expect(units.map(\.active) == [active] && units.map(\.count) == [1], "\(units)")
    }
  }

  @Test("Likelihoods of a decoder that looks at nothing: their mean over rows and its standard error, by hand")
  func likelihoodsOfConstantDecoder() throws {
    let model = try smallTrainedModel()
    model.set("modality.label.decoder.0.linear.weight", [Float](repeating: 0, count: 6))
    model.set("modality.label.decoder.0.linear.bias", [0, 1, 3])
    try withSmallDataset(rows: 70) { dataset in
      let table = LikelihoodTable(model.configuration.modalities, given: [], targets: [1])
      var done: [[Int]] = []
      let found = try evaluator(model, dataset).likelihoods(table, samples: 600, setup: nil) { done.append([$0, $1]) }
      #expect(done.last == [70, 70] && done == done.sorted { $0[0] < $1[0] }, "\(done)")
      let logits: [Double] = [0, 1, 3]
      let normalizer: Double = log(logits.reduce(0) { $0 + exp($1) })
      let values: [Double] = (0..<70).map { logits[$0 % 3] - normalizer }
      let mean = values.reduce(0, +) / 70
      let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 69
      #expect(found.count == 1 && abs(found[0].mean - mean) < 1e-6, "found \(found[0].mean), expected \(mean)")
      let error = try #require(found[0].standardError)
      #expect(abs(error - (variance / 70).squareRoot()) < 1e-6, "found \(error)")
    }
  }

  @Test("Of a single row there is no standard error and nothing that varies")
  func singleRow() throws {
    let model = try smallTrainedModel()
    try withSmallDataset(rows: 9) { dataset in
      let evaluator = try evaluator(model, dataset, limit: 1)
      #expect(try evaluator.activeUnits().isEmpty)
      #expect(try evaluator.accuracies().allSatisfy { $0.standardError == nil })
    }
  }

  /// 70 rows are more than a block.
  @Test("The ELBO is that of one pass over all rows")
  func objectiveIsThatOfOnePass() throws {
    let model = try smallTrainedModel()
    try withSmallDataset(rows: 70) { dataset in
      let found = try evaluator(model, dataset).objective()
      let shard = try Shard(dataset, modalities: model.configuration.dataModalities, split: .test, rows: 0..<70)
      let assembly = BatchAssembly(model, rows: 70, seed: 1, noisePurpose: .validationNoise)
      assembly.begin(BatchRows(local: 70, global: 70), masked: false)
      for row in 0..<70 { assembly.fill(row, from: shard, row: row, step: 0, row: UInt32(row)) }
      let pass = model.makeObjectivePass(rows: 70)
      let weights = ObjectiveWeights(reconstruction: [1, 1, 1], modality: 1, core: 1)
      try pass.forward(assembly.batch, weights: weights, mode: .evaluation, replicas: Unused())
      for (name, sum) in zip(model.termNames, pass.termSums) {
        let term = try #require(found.terms[name])
        #expect(abs(term - sum / 70) <= 1e-6 * abs(sum / 70), "\(name)")
      }
      let loss = model.loss(terms: UnsafeBufferPointer(pass.termSums), weights: weights) / 70
      #expect(abs(found.elbo + loss) <= 1e-6 * abs(loss), "with all weights 1 the loss is the negated ELBO")
    }
  }

  @Test("Every set of given modalities scores every set of targets")
  func subsetsAreScored() throws {
    let model = try smallTrainedModel()
    try withSmallDataset(rows: 5) { dataset in
      for bits in 0..<8 {
        let given = (0..<3).filter { bits >> $0 & 1 == 1 }
        for targets in [[0], [1], [2], [0, 1, 2]] {
          let table = LikelihoodTable(model.configuration.modalities, given: given, targets: targets)
          let found = try evaluator(model, dataset).likelihoods(table, samples: 9, setup: nil) { _, _ in }
          #expect(found.count == table.rows.count && found.allSatisfy { $0.mean.isFinite && $0.mean < 0 })
        }
      }
    }
  }

  @Test("A conditional is the difference of two joint likelihoods of the same draws")
  func conditionalIsDifference() throws {
    let model = try smallTrainedModel()
    try withSmallDataset(rows: 9) { dataset in
      let table = LikelihoodTable(model.configuration.modalities)
      let found = try evaluator(model, dataset).likelihoods(table, samples: 20, setup: nil) { _, _ in }
      func mean(_ quantity: String) throws -> Double {
        try #require(found.first { $0.quantity == quantity && $0.given == ["label", "switches"] }).mean
      }
      let difference = try mean("log p(image, label, switches)") - mean("log p(label, switches)")
      #expect(abs(try mean("log p(image | label, switches)") - difference) < 1e-9)
    }
  }

  /// Every posterior is made the prior, so that both are plain Monte Carlo estimates and chance decides between them.
  @Test("The best conditional takes the joint from all, and the higher of two estimates of what it is conditional on")
  func bestConditional() throws {
    let model = try smallTrainedModel()
    for name in ["core.posterior", "modality.label.posterior", "core.prior.label"] {
      for head in ["mean", "logvar"] {
        for part in ["weight", "bias"] { model.fill("\(name).\(head).\(part)", 0) }
      }
    }
    var isFromPrior: Set<Bool> = []
    model.set("modality.label.decoder.0.linear.weight", [2, 0, 0, -2, 1, 1])
    for seed: UInt64 in 1...6 {
      try withSmallDataset(rows: 9) { dataset in
        let table = LikelihoodTable(Array(model.configuration.modalities.prefix(2)))
        let found = try evaluator(model, dataset, seed: seed).likelihoods(table, samples: 20, setup: nil) { _, _ in }
        func mean(_ quantity: String, _ given: [String]) throws -> Double {
          try #require(found.first { $0.quantity == quantity && $0.given == given }).mean
        }
        let estimates = try (mean("log p(label)", ["label"]), mean("log p(label)", []))
        isFromPrior.insert(estimates.0 < estimates.1)
        let expected = try mean("log p(image, label)", ["image", "label"]) - max(estimates.0, estimates.1)
        #expect(abs(try mean("log p(image | label), all", ["image", "label"]) - expected) < 1e-9)
      }
    }
    #expect(isFromPrior.count == 2, "one of the two was never the higher")
  }

  @Test("The floor of soft targets by hand; there is none of zeros and ones")
  func floors() throws {
    let model = try smallTrainedModel()
    try withSmallDataset(rows: 70) { dataset in
      let found = try evaluator(model, dataset).floors()
      #expect(found.map(\.modality) == ["image"] && found[0].rows == 70)
      let rows: [Double] = (0..<70).map { row in
        (0..<12).reduce(0) { sum, i in
          let x = Double((37 * (12 * row + i)) % 256) / 255
          return sum + (x > 0 && x < 1 ? x * log(x) + (1 - x) * log(1 - x) : 0)
        }
      }
      let mean = rows.reduce(0, +) / 70
      #expect(abs(found[0].mean - mean) < 1e-6, "found \(found[0].mean), expected \(mean)")
      let variance = rows.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 69
      #expect(abs((found[0].standardError ?? 0) - (variance / 70).squareRoot()) < 1e-6)
      #expect(try evaluator(model, dataset).floors(of: [1, 2]).isEmpty)
    }
  }

  @Test("A model that diverged has neither a mean nor a standard error")
  func divergedModel() throws {
    let model = try smallTrainedModel()
    model.set("modality.label.decoder.0.linear.bias", [.nan, 0, 0])
    try withSmallDataset(rows: 9) { dataset in
      let table = LikelihoodTable(model.configuration.modalities, given: [], targets: [1])
      let found = try evaluator(model, dataset).likelihoods(table, samples: 5, setup: nil) { _, _ in }
      #expect(found[0].mean.isNaN && found[0].standardError?.isNaN == true)
      // Not the share of the first class.
      #expect(try evaluator(model, dataset).accuracies(given: [0], targets: [1])[0].accuracy.isNaN)
    }
  }

  @Test("Without test rows there is nothing to evaluate")
  func emptySplit() throws {
    let model = try smallTrainedModel()
    try withSmallDataset(rows: 0) { dataset in
      do {
        _ = try evaluator(model, dataset)
        Issue.record("an empty split was accepted")
      } catch let error as EvaluationError { #expect(error.description.contains("no test rows")) }
    }
  }

  @Test("Latents at their means are the same in every draw, random ones are not")
  func generatorLatents() throws {
    let model = try smallTrainedModel()
    let inputs = model.configuration.modalities.map { modality in
      let matrix = FloatArena(count: modality.shape.count).matrix(rows: 1, columns: modality.shape.count)
      matrix.fill(0.5)
      return matrix
    }
    func draws(_ latents: Generator.Latents) -> [[Float]] {
      let generator = Generator(model, given: [0], decoded: [1], latents: latents)
      generator.encode(Observations(inputs))
      let means = generator.means(row: 0, draws: 0..<2)[0]
      return [means.rows(0..<1).values, means.rows(1..<2).values]
    }
    let (fixed, random) = (draws(.means), draws(.random(seed: 3)))
    #expect(fixed[0] == fixed[1])
    #expect(random[0] != random[1] && random[0] != fixed[0])
    #expect(random == draws(.random(seed: 3)) && random != draws(.random(seed: 4)))
    #expect(abs(fixed[0].reduce(0, +) - 1) < 1e-5, "probabilities of classes")
  }
}

private final class Unused: ReplicaGroup {
  func sum(_ values: UnsafeMutableBufferPointer<Double>) {}
}
