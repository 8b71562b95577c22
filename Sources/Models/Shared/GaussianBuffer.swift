internal import Kernels

/// A Gaussian for every row that no heads compute, such as a product of others, with room for its gradient and a draw.
final class GaussianBuffer {
  private let values: FloatArena
  private let gradients: FloatArena
  private let draws: FloatArena
  private let latent: Int

  init(latent: Int, rows: Int) {
    self.latent = latent
    values = FloatArena(count: 2 * rows * latent)
    gradients = FloatArena(count: 2 * rows * latent)
    draws = FloatArena(count: rows * latent)
  }

  func distribution(_ rows: Int) -> DiagonalGaussian { split(values, rows) }
  func gradient(_ rows: Int) -> DiagonalGaussian { split(gradients, rows) }
  func draw(_ rows: Int) -> Matrix { draws.matrix(rows: rows, columns: latent) }

  private func split(_ arena: FloatArena, _ rows: Int) -> DiagonalGaussian {
    let both = arena.matrix(rows: rows, columns: 2 * latent)
    return DiagonalGaussian(mean: both.columns(0..<latent), logvar: both.columns(latent..<2 * latent))
  }
}
