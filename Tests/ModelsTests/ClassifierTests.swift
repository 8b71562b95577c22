import Configuration
import Kernels
import Layers
import Models
import Testing

/// The family that tells classes.
struct ClassifierTests {
  private static let rows = 12
  private static let weights = ObjectiveWeights(reconstruction: [1, 1.5, 1], modality: 1, core: 1)
  private static let document = """
    family: classifier
    label: kind
    modalities:
      - name: picture
        shape: [2, 4, 4]
        likelihood: bernoulli
        encoder: [{conv: 3, kernel: 2, stride: 2, activation: swish}, {linear: 4, norm: batch, activation: leaky_relu}]
      - name: vector
        shape: [5]
        likelihood: gaussian
      - name: kind
        shape: [3]
        likelihood: categorical
    """

  private func classifier() throws -> Classifier {
    let model = try #require(try makeModel(ModelConfiguration(yaml: Self.document)) as? Classifier)
    model.memory.initialize(seed: 5)
    return model
  }

  /// Random pictures and vectors, and classes in turn.
  /// - Parameter lacking: whether a row lacks a modality.
  private func batch(rows: Int = rows, _ lacking: (_ row: Int, _ modality: Int) -> Bool = { _, _ in false }) -> Batch {
    let stream = RandomStream(seed: 9, purpose: .noise)
    var inputs: [Matrix] = []
    var present: [RowSelection] = []
    for (modality, width) in [32, 5, 3].enumerated() {
      let own = (0..<rows).filter { !lacking($0, modality) }
      let input = FloatArena(count: rows * width).matrix(rows: own.count, columns: width)
      let indices = RowIndices(capacity: rows)
      for (place, row) in own.enumerated() {
        stream.fillNormals(input, row: place, at: (step: UInt64(modality), row: UInt32(row)))
        if modality == 2 { for k in 0..<3 { input[place, k] = row % 3 == k ? 1 : 0 } }
        indices[place] = Int32(row)
      }
      inputs.append(input)
      present.append(RowSelection(indices, count: own.count, of: rows))
    }
    return Batch(rows: BatchRows(local: rows, global: rows), inputs: inputs, present: present, keepMask: nil, noise: [])
  }

  @Test(
    "Gradients agree with central differences, also where rows lack a modality or the label", arguments: [false, true])
  func gradients(hasGaps: Bool) throws {
    let model = try classifier()
    let batch = hasGaps ? batch { row, modality in (row + 2 * modality) % 5 == 0 } : batch()
    let pass = model.makeObjectivePass(rows: Self.rows)
    func loss() throws -> Double {
      try pass.forward(batch, weights: Self.weights, mode: .training, replicas: Alone())
      return model.loss(terms: UnsafeBufferPointer(pass.termSums), weights: Self.weights) / Double(Self.rows)
    }
    _ = try loss()
    try pass.backward(batch, replicas: Alone())
    try model.expectGradients(seed: 3, leaning: 0.5, of: loss) { name, gradient in
      // In front of a batch norm.
      guard name != "modality.picture.classifier.1.linear.bias" else { return false }
      #expect(length(gradient) > 1e-3, "\(name)")
      return true
    }
  }

  @Test("The terms are log-likelihoods of the classes; a row without a label adds nothing")
  func terms() throws {
    let model = try classifier()
    let pass = model.makeObjectivePass(rows: Self.rows)
    let classes = model.makePass(from: 1, rows: Self.rows)
    let all = batch()
    try pass.forward(all, weights: Self.weights, mode: .evaluation, replicas: Alone())
    let logits = classes.classify(all.inputs[1]).logits
    var scores = [Double](repeating: 0, count: Self.rows)
    CategoricalLikelihood.logProbabilities(logits: logits, x: all.inputs[2], into: &scores)
    #expect(abs(pass.termSums[1] - scores.reduce(0, +)) < 1e-5)
    #expect(model.termNames == ["log_likelihood/picture", "log_likelihood/vector"])
    let unlabelled = batch { row, modality in modality == 2 && row % 2 == 1 }
    try pass.forward(unlabelled, weights: Self.weights, mode: .evaluation, replicas: Alone())
    let even = scores.enumerated().filter { $0.offset % 2 == 0 }.reduce(0) { $0 + $1.element }
    #expect(abs(pass.termSums[1] - even) < 1e-5)
  }

  @Test("Features are what the last layer reads; without an encoder the observation itself")
  func features() throws {
    let model = try classifier()
    let all = batch()
    let found = model.makePass(from: 1, rows: Self.rows).classify(all.inputs[1])
    #expect(found.features.values == all.inputs[1].values)
    let picture = model.makePass(from: 0, rows: Self.rows)
    #expect(picture.featureCount == 4 && picture.classify(all.inputs[0]).features.columns == 4)
  }

  @Test("Its configuration is read, written and checked")
  func configuration() throws {
    func message(_ old: String, _ new: String) -> String? {
      do {
        _ = try ModelConfiguration(yaml: Self.document.replacing(old, with: new))
        return nil
      } catch { return "\(error)" }
    }
    #expect(
      message("label: kind", "label: vector")?.contains(
        "label: expected a categorical modality (kind), found \"vector\"") ?? false)
    #expect(message("label: kind", "label: sort")?.contains("found \"sort\"") ?? false)
    #expect(
      message("likelihood: gaussian", "likelihood: gaussian\n    decoder: [{linear: 5}]")?.contains("unknown key")
        ?? false)
    let model = try ModelConfiguration(yaml: Self.document)
    #expect(!model.isGenerative && model.modalities[1].encoder.isEmpty)
    var source = try ConfigurationSource(
      yaml: """
        name: judge
        model:
        \(Self.document.split(separator: "\n").map { "  \($0)" }.joined(separator: "\n"))
        training: {epochs: 1, batch_size: 2, learning_rate: 1, seed: 1, warm_up: {core: 1}, keep_checkpoints: 1}
        evaluation: {samples: 1}
        """)
    try source.set("training.epochs=2")
    let run = try source.resolve()
    #expect(try RunConfiguration(yaml: run.yaml) == run)
    #expect(run.model == model)
  }
}
