internal import Kernels
internal import Layers

/// q of one latent in training, a Gaussian for every draw, and z drawn from it. It is what the heads say of the row, or,
/// where the posterior is top-down, the normalised product of that and the prior of the draw.
///
/// The draws of a row follow each other. With one draw a row and no product nothing is copied.
final class DrawnPosterior {
  /// One Gaussian a row.
  let heads: GaussianPass
  private let draws: Int
  private let latent: Int
  /// What the heads say, for every draw; nil with one draw a row.
  private let repeated: GaussianBuffer?
  private let product: GaussianBuffer?
  private let values: FloatArena

  init(_ heads: GaussianHeads, rows: Int, draws: Int, isTopDown: Bool = false) {
    self.heads = GaussianPass(heads, rows: rows)
    (self.draws, latent) = (draws, heads.latent)
    repeated = draws > 1 ? GaussianBuffer(latent: latent, rows: rows * draws) : nil
    product = isTopDown ? GaussianBuffer(latent: latent, rows: rows * draws) : nil
    values = FloatArena(count: rows * draws * latent)
  }

  var isTopDown: Bool { product != nil }

  func compute(_ hidden: Matrix) {
    heads.forward(hidden)
    repeated?.distribution(hidden.rows * draws).repeatRows(of: heads.distribution(hidden.rows), count: draws)
  }

  /// Makes the product with the prior of each draw.
  func combine(with prior: DiagonalGaussian, rows: Int) {
    if let product { GaussianProduct.combine(expert(rows), prior, into: product.distribution(rows * draws)) }
  }

  /// q and its gradient, z: `[rows · draws, latent]`.
  func distribution(_ rows: Int) -> DiagonalGaussian { product?.distribution(rows * draws) ?? expert(rows) }
  func gradient(_ rows: Int) -> DiagonalGaussian { product?.gradient(rows * draws) ?? expertGradient(rows) }
  func z(_ rows: Int) -> Matrix { values.matrix(rows: rows * draws, columns: latent) }

  private func expert(_ rows: Int) -> DiagonalGaussian {
    repeated?.distribution(rows * draws) ?? heads.distribution(rows)
  }

  private func expertGradient(_ rows: Int) -> DiagonalGaussian {
    repeated?.gradient(rows * draws) ?? heads.gradient(rows)
  }

  /// The noise of a batch, `[rows, draws · latent]`, as one row a draw.
  func perDraw(_ noise: Matrix) -> Matrix { draws == 1 ? noise : noise.reshaped(columns: latent) }

  func sample(noise: Matrix) { distribution(noise.rows).sample(noise: perDraw(noise), into: z(noise.rows)) }

  func clearGradient(_ rows: Int) {
    gradient(rows).mean.fill(0)
    gradient(rows).logvar.fill(0)
  }

  /// Adds what flows from the gradient of the product, if there is one, back to the prior's.
  func backward(toPrior prior: DiagonalGaussian, _ priorGradient: DiagonalGaussian, rows: Int) {
    guard let product else { return }
    GaussianProduct.backward(
      prior, product: product.distribution(rows * draws), gradient: product.gradient(rows * draws),
      addingTo: priorGradient)
  }

  /// Takes the gradient of q to the heads, summed over the draws of a row.
  func backwardToHeads(_ rows: Int) {
    if let product {
      let gradient = expertGradient(rows)
      gradient.mean.fill(0)
      gradient.logvar.fill(0)
      GaussianProduct.backward(
        expert(rows), product: product.distribution(rows * draws), gradient: product.gradient(rows * draws),
        addingTo: gradient)
    }
    if let repeated { heads.gradient(rows).sumRows(of: repeated.gradient(rows * draws), count: draws) }
  }
}
