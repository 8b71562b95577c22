internal import Configuration
internal import Evaluation
package import Runs
internal import Storage

/// What a trained model shows of itself.
package struct ModelFindings: Sendable {
  /// Of the checkpoint that was looked at.
  package let epoch: Int
  package let parameterCount: Int
  /// Draws from the prior and for classes.
  package let draws: [GalleryPicture]
  /// What rows of the data add; nil without data.
  package let rows: RowFindings?
  /// A sentence on each part that could not be made.
  package let notes: [String]

  /// Looks at a model, and at rows of what it was trained on. What fails is left out, with a note.
  /// - Parameter data: the dataset; nil if nobody knows where it is.
  package init(_ trained: TrainedModel, data: String?) {
    guard trained.configuration.model.isGenerative else {
      self.init(
        epoch: trained.epoch, parameterCount: trained.parameterCount, draws: [], rows: nil,
        notes: ["A classifier draws nothing, so there are no pictures."])
      return
    }
    var notes = Notes()
    let found = notes.attempt("Reconstructions, translations, the latent space and confusions are") {
      guard let data else {
        throw ReportingError("they need the data, and where it is has not been recorded; name it with --data")
      }
      let dataset = try trained.openData(data)
      return (names: dataset.classNames, rows: try RowFindings(trained.model, dataset))
    }
    let gallery = Gallery(trained.model, classNames: found?.names ?? [:])
    let draws = notes.attempt("Draws are") { try gallery.draws() } ?? []
    self.init(
      epoch: trained.epoch, parameterCount: trained.parameterCount, draws: draws, rows: found?.rows,
      notes: notes.sentences + (found?.rows.notes ?? []))
  }

  package init(
    epoch: Int, parameterCount: Int, draws: [GalleryPicture], rows: RowFindings?, notes: [String] = []
  ) {
    (self.epoch, self.parameterCount, self.draws, self.rows) = (epoch, parameterCount, draws, rows)
    self.notes = notes
  }
}
