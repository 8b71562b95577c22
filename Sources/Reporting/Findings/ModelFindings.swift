/// What a trained model shows of itself.
package struct ModelFindings: Sendable {
  /// Of the checkpoint that was looked at.
  package let epoch: Int
  package let parameterCount: Int
  /// Draws from the prior and for classes.
  package let draws: [GalleryPicture]
  /// What rows of the data add; nil without data.
  package let rows: RowFindings?

  package init(epoch: Int, parameterCount: Int, draws: [GalleryPicture], rows: RowFindings?) {
    (self.epoch, self.parameterCount, self.draws, self.rows) = (epoch, parameterCount, draws, rows)
  }
}
