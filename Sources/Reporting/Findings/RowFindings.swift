internal import Configuration
internal import Evaluation
internal import Kernels
package import Models
package import Storage
internal import Training

/// What rows of the data tell of a model: pictures of them, where they lie in the latent space, what their classes are
/// taken for.
package struct RowFindings: Sendable {
  package let reconstructions: [GalleryPicture]
  package let translations: [GalleryPicture]
  /// Of the latent that belongs to all modalities; nil where there are no classes to colour it by.
  package let latents: LatentMap?
  /// For every categorical modality of a model that has pictures.
  package let confusions: [Confusion]

  /// As many as are seen as points and give two digits of a share.
  private static let mostRows = 1000
  private static let shownRows = 8
  /// More classes cannot be told apart.
  private static let mostClasses = 20

  /// Looks at the first test rows; where there are none, at others.
  /// - Parameter dataset: was checked against the model.
  /// - Throws: `StorageError` or `TrainingError` when rows cannot be read, `PictureError` when the model decodes what is
  ///   no brightness.
  package init(_ model: any Model, _ dataset: borrowing PackedDataset) throws {
    let split = [Split.test, .validation].first { dataset.rowCount(of: $0) > 0 } ?? .train
    let count = min(dataset.rowCount(of: split), Self.mostRows)
    let shard = try Shard(dataset, modalities: model.configuration.dataModalities, split: split, rows: 0..<count)
    let names = dataset.classNames
    let gallery = Gallery(model, classNames: names)
    let shown = try Shard(
      dataset, modalities: model.configuration.dataModalities, split: split, rows: 0..<min(count, Self.shownRows))
    reconstructions = try gallery.reconstructions(of: shown)
    translations = try gallery.translations(of: shown)
    let modalities = model.configuration.modalities
    let classes = modalities.indices.filter {
      modalities[$0].likelihood == .categorical && modalities[$0].shape.count <= Self.mostClasses
    }
    func classNames(_ modality: Int) -> [String] {
      names[modalities[modality].name] ?? (0..<modalities[modality].shape.count).map(String.init)
    }
    latents = classes.first.flatMap { label in
      let (latent, means) = model.sharedLatent(of: shard, label: label)
      return LatentMap(
        latent: latent, modality: modalities[label].name, classNames: classNames(label), split: split.rawValue,
        means: means)
    }
    let pictures = model.configuration.pictures
    confusions =
      pictures.isEmpty
      ? []
      : classes.map { label in
        Confusion(
          modalities[label].name, given: pictures.map { modalities[$0].name }, classNames: classNames(label),
          pairs: model.decode(label, from: pictures, of: shard))
      }
  }
}

extension PackedDataset {
  /// The names of classes or values, of modalities that have some.
  package var classNames: [String: [String]] {
    var names: [String: [String]] = [:]
    for modality in modalities where !modality.classNames.isEmpty { names[modality.name] = modality.classNames }
    return names
  }
}
