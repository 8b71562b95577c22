internal import Configuration
internal import DataLoading
internal import Evaluation
package import Models
package import Storage

/// What rows of the data tell of a model: pictures of them, where they lie in the latent space, what their classes are
/// taken for.
package struct RowFindings: Sendable {
  package let reconstructions: [GalleryPicture]
  package let translations: [GalleryPicture]
  /// Of the latent that belongs to all modalities; nil where there are no classes to colour it by.
  package let latents: LatentMap?
  /// For every categorical modality of a model that has pictures.
  package let confusions: [Confusion]
  /// Of splits in which rows lack modalities.
  package let gaps: [SplitGaps]
  /// A sentence on each part that could not be made.
  package let notes: [String]

  /// As many as are seen as points and give two digits of a share.
  private static let mostRows = 1000
  private static let shownRows = 8

  /// Looks at the first test rows; where there are none, at others. What a model cannot show, such as pictures of what
  /// is no brightness, is left out with a note.
  /// - Parameter dataset: was checked against the model.
  /// - Throws: `StorageError` or `DataLoadingError` when rows cannot be read.
  package init(_ model: any Model, _ dataset: borrowing PackedDataset) throws {
    let split = [Split.test, .validation].first { dataset.rowCount(of: $0) > 0 } ?? .train
    let count = min(dataset.rowCount(of: split), Self.mostRows)
    let names = model.configuration.dataModalities
    let rows = try Shard(dataset, modalities: names, split: split, rows: 0..<count)
    let shown = try Shard(dataset, modalities: names, split: split, rows: 0..<min(count, Self.shownRows))
    let gallery = Gallery(model, classNames: dataset.classNames)
    var notes = Notes()
    reconstructions = notes.attempt("Reconstructions are") { try gallery.reconstructions(of: shown) } ?? []
    translations = notes.attempt("Translations are") { try gallery.translations(of: shown) } ?? []
    latents = notes.attempt("The latent space is") { try gallery.latents(of: rows, split) } ?? nil
    confusions = gallery.confusions(of: rows)
    gaps = try SplitGaps.all(of: dataset)
    self.notes = notes.sentences
  }
}

extension Gallery {
  /// Coloured by the first classes; nil if there are none.
  fileprivate func latents(of rows: Shard, _ split: Split) throws(ReportingError) -> LatentMap? {
    guard let label = classModalities.first else { return nil }
    let (latent, means) = model.sharedLatent(of: rows, label: label)
    let map = LatentMap(
      latent: latent, modality: modalities[label].name, classNames: names(of: label), split: split.rawValue,
      means: means)
    guard let map else { throw ReportingError("a map needs two dimensions, and two rows whose means are finite") }
    return map
  }

  /// Of classes from pictures, if there are any.
  fileprivate func confusions(of rows: Shard) -> [Confusion] {
    let pictures = model.configuration.pictures
    return (pictures.isEmpty ? [] : classModalities).map { label in
      Confusion(
        modalities[label].name, given: pictures.map { modalities[$0].name }, classNames: names(of: label),
        pairs: model.decode(label, from: pictures, of: rows))
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
