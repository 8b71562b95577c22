internal import Kernels

/// The expert of a modality that some rows of a batch lack, spread over all rows: where it lacks, it is infinitely wide
/// and changes no product. Also takes draws and gradients from all rows to those that have the modality, and back.
///
/// Where all rows have the modality, nothing is copied.
final class SpreadExpert {
  private let buffer: GaussianBuffer
  private let drawGradient: FloatArena
  private let latent: Int

  init(latent: Int, rows: Int) {
    buffer = GaussianBuffer(latent: latent, rows: rows)
    drawGradient = FloatArena(count: rows * latent)
    self.latent = latent
  }

  /// - Parameter own: of the rows that have the modality.
  func distribution(_ own: DiagonalGaussian, of present: RowSelection) -> DiagonalGaussian {
    guard !present.isAll else { return own }
    let spread = buffer.distribution(present.rowCount)
    spread.mean.scatter(own.mean, of: present)
    spread.logvar.scatter(own.logvar, of: present, filler: .infinity)
    return spread
  }

  /// Where the gradient of the spread expert is to be added up; starts with 0 unless it is `own` itself.
  func gradient(_ own: DiagonalGaussian, of present: RowSelection) -> DiagonalGaussian {
    guard !present.isAll else { return own }
    let spread = buffer.gradient(present.rowCount)
    spread.mean.fill(0)
    spread.logvar.fill(0)
    return spread
  }

  /// Adds what `gradient` has added up to the expert's own gradient.
  func addGradient(to own: DiagonalGaussian, of present: RowSelection) {
    guard !present.isAll else { return }
    let spread = buffer.gradient(present.rowCount)
    own.mean.addGathered(present, of: spread.mean)
    own.logvar.addGathered(present, of: spread.logvar)
  }

  /// The draws of the rows that have the modality.
  func draws(_ all: Matrix, of present: RowSelection) -> Matrix {
    guard !present.isAll else { return all }
    let own = buffer.draw(present.count)
    own.gather(present, of: all)
    return own
  }

  /// The gradient with respect to these draws, over all rows.
  func drawGradients(_ own: Matrix, of present: RowSelection) -> Matrix {
    guard !present.isAll else { return own }
    let all = drawGradient.matrix(rows: present.rowCount, columns: latent)
    all.scatter(own, of: present)
    return all
  }
}
