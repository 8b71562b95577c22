package import Configuration
package import Kernels
package import Layers

/// A network for each modality but the label: from what is observed of it to the logits of the row's class. They are
/// trained side by side and have nothing in common.
package final class Classifier: Model {
  package let configuration: ModelConfiguration
  package let memory = ModelMemory()
  /// The index of the modality whose classes are told.
  package let label: Int
  /// Indices of the modalities that classes are told from.
  package let sources: [Int]
  let networks: [Network]

  init(_ configuration: ModelConfiguration, label: String) {
    let memory = memory
    let modalities = configuration.modalities
    guard let place = modalities.firstIndex(where: { $0.name == label }) else {
      preconditionFailure("the configuration was not validated")
    }
    (self.configuration, self.label) = (configuration, place)
    sources = modalities.indices.filter { $0 != place }
    networks = sources.map { source in
      let modality = modalities[source]
      return Network(
        modality.encoder + [.linear(modalities[place].shape.count)], prefix: "modality.\(modality.name).classifier",
        input: modality.shape, memory: memory)
    }
  }

  package var classCount: Int { configuration.modalities[label].shape.count }

  /// log p(label|x_i) of each source.
  package var termNames: [String] { sources.map { "log_likelihood/\(configuration.modalities[$0].name)" } }
  package var objectiveNoise: [NoiseDescription] { [] }

  package func loss(terms: UnsafeBufferPointer<Double>, weights: ObjectiveWeights) -> Double {
    -zip(sources, terms).reduce(0) { $0 + weights.reconstruction[$1.0] * $1.1 }
  }

  /// The log-likelihoods of the label together: there is no latent to bound anything by.
  package func elbo(terms: UnsafeBufferPointer<Double>) -> Double { terms[..<sources.count].reduce(0, +) }

  package func likelihood(of modality: Int) -> Likelihood {
    preconditionFailure("a classifier gives no modality a distribution")
  }

  package func makeObjectivePass(rows: Int) -> any ObjectivePass { ClassifierObjective(self, rows: rows) }

  package func makeProposal(given: [Int], decoded: [Int], rows: Int, draws: Int) -> any Proposal {
    preconditionFailure("a classifier has no latents")
  }

  /// - Parameters:
  ///   - source: one of `sources`.
  ///   - rows: the most rows at a time.
  package func makePass(from source: Int, rows: Int) -> ClassifierPass {
    guard let place = sources.firstIndex(of: source) else { preconditionFailure("no class is told from the label") }
    return ClassifierPass(networks[place], rows: rows)
  }
}

/// Tells classes from one modality.
package final class ClassifierPass {
  /// Width of what the last layer reads.
  package let featureCount: Int
  private let pass: NetworkPass

  init(_ network: Network, rows: Int) {
    pass = NetworkPass(network, rows: rows, isTrained: false)
    featureCount = network.lastInputCount
  }

  /// - Parameter x: `[rows, values]` as networks see them; must live until the results have been read.
  /// - Returns: logits `[rows, classes]` and features, `[rows, width]`: what the last layer reads. The next call overwrites both.
  package func classify(_ x: Matrix) -> (logits: Matrix, features: Matrix) {
    pass.input = x
    pass.evaluate()
    return (pass.output(x.rows), pass.lastInput)
  }
}
