internal import Configuration
internal import Layers
package import Runs
package import Storage

/// What a model made up of one modality, and from which latents.
package struct Draws {
  /// The means of the modality's distribution, `[draws, values]`, row major; images channels-last.
  package var values: [Float] = []
  /// By name, each `[draws, width]`.
  package var latents: [String: [Float]] = [:]
}

/// Draws as an HDF5 file: `values/<modality>`, rows and then its shape, and for every latent that was drawn
/// `latents/<latent>`, `[rows, width]`; 32-bit floats, values in the unit of the source. As attributes what they were
/// made from.
package struct DrawFile {
  private let trained: TrainedModel
  private let modality: ModalityConfiguration
  private let given: [String]
  private let mixture: LatentMixture?

  /// - Parameters:
  ///   - modality: the index of the one that was drawn.
  ///   - given: indices of those that were known.
  ///   - mixture: what took the place of N(0, I), if something did.
  package init(_ trained: TrainedModel, modality: Int, given: [Int], mixture: LatentMixture? = nil) {
    self.mixture = mixture
    let modalities = trained.configuration.model.modalities
    (self.trained, self.modality, self.given) = (trained, modalities[modality], given.map { modalities[$0].name })
  }

  /// - Throws: `StorageError` when the file cannot be written.
  package func write(_ draws: Draws, count: Int, to path: String) throws(StorageError) {
    try HDF5File.writeAtomically(to: path) { (file) throws(StorageError) in
      try file.setAttribute("format", to: "mhvae-dist draws")
      try file.setAttribute("format_version", to: 1)
      try file.setAttribute("name", to: trained.configuration.name)
      try file.setAttribute("epoch", to: trained.epoch)
      try file.setAttribute("given", to: given)
      if let mixture { try file.setAttribute("prior", to: "mixture of \(mixture.mixture.components.count)") }
      try file.write(
        channelsFirst(modality.inSourceUnit(draws.values)), shape: [count] + modality.shape.dimensions,
        to: "values/\(modality.name)")
      for (name, values) in draws.latents.sorted(by: { $0.key < $1.key }) {
        try file.write(values, shape: [count, values.count / count], to: "latents/\(name)")
      }
    }
  }

  /// Images as in datasets and in NumPy's world.
  private func channelsFirst(_ values: [Float]) -> [Float] {
    let order = modality.shape.memoryOrder
    var result = values
    for start in stride(from: 0, to: values.count, by: order.count) {
      for (place, target) in order.enumerated() { result[start + target] = values[start + place] }
    }
    return result
  }
}
