internal import Kernels
internal import Layers

/// The cross-entropy of the label and its gradient. Each network sees the rows that have its modality; those that have no
/// label count for nothing.
final class ClassifierObjective: ObjectivePass {
  private let model: Classifier
  private let passes: [NetworkPass]
  private let networks: LockStep
  /// The labels of the batch, and of the rows that have one modality: one-hot, and zeros where there is none.
  private let allLabels: FloatArena
  private let ownLabels: FloatArena
  let termSums: UnsafeMutableBufferPointer<Double>

  init(_ model: Classifier, rows: Int) {
    self.model = model
    passes = model.networks.map { NetworkPass($0, rows: rows, isTrained: true) }
    networks = LockStep(passes)
    allLabels = FloatArena(count: rows * model.classCount)
    ownLabels = FloatArena(count: rows * model.classCount)
    termSums = .allocate(capacity: passes.count)
    termSums.initialize(repeating: 0)
  }

  deinit { termSums.deallocate() }

  func forward(_ batch: Batch, weights: ObjectiveWeights, mode: PassMode, replicas: any ReplicaGroup) throws {
    for (pass, source) in zip(passes, model.sources) { pass.input = batch.inputs[source] }
    try networks.forward(mode: mode, replicas: replicas)
    let labels = allLabels.matrix(rows: batch.rows.local, columns: model.classCount)
    labels.scatter(batch.inputs[model.label], of: batch.present[model.label])
    for (place, source) in model.sources.enumerated() {
      let targets = ownLabels.matrix(rows: batch.present[source].count, columns: model.classCount)
      targets.gather(batch.present[source], of: labels)
      // In the place of the logits, which no activation follows.
      let gradient = passes[place].output(targets.rows)
      let weight = weights.reconstruction[source] / Double(batch.rows.global)
      termSums[place] = CategoricalLikelihood.lossGradient(logits: gradient, x: targets, weight: Float(weight))
      clear(gradient, without: targets)
      passes[place].outputGradient = gradient
    }
  }

  /// A row without a label has no gradient.
  private func clear(_ gradient: Matrix, without targets: Matrix) {
    for row in 0..<targets.rows where !(0..<targets.columns).contains(where: { targets[row, $0] != 0 }) {
      gradient.row(row).update(repeating: 0, count: gradient.columns)
    }
  }

  func backward(_ batch: Batch, replicas: any ReplicaGroup) throws { try networks.backward(replicas: replicas) }
}
