import KernelTwins
import Kernels

/// Five draws of MNIST's modality latents for a whole batch, as importance-weighted bounds and top-down posteriors use them.
var drawEntries: [Entry] { weightedDraws(320, 16) + pairs(320, 16) }

private func weightedDraws(_ rows: Int, _ latent: Int) -> [Entry] {
  let (shape, work) = ("\(rows) x \(latent)", Work.elements(rows * latent))
  return [
    Entry("latent: gradient of weighted log densities", shape) {
      let (p, z, weights) = (gaussian(rows, latent), matrix(rows, latent, -3...3), matrix(rows, 1, 0...1))
      let gradient = gaussian(rows, latent)
      return Trial(
        work: work, changed: gradient.matrices,
        kernel: { p.lossGradient(of: z, weights: weights, scale: 0.25, gradient: gradient) },
        twin: { Twin.lossGradient(p, of: z, weights: weights, scale: 0.25, gradient: gradient) })
    },
    Entry("latent: weighted scores of draws", shape) {
      let (q, noise, weights) = (gaussian(rows, latent), matrix(rows, latent, -3...3), matrix(rows, 1, 0...1))
      let dz = matrix(rows, latent)
      return Trial(
        work: work, changed: [dz],
        kernel: { q.addScore(ofDrawsFrom: noise, weights: weights, scale: 0.25, to: dz) },
        twin: { Twin.addScore(q, ofDrawsFrom: noise, weights: weights, scale: 0.25, to: dz) })
    },
  ]
}

private func pairs(_ rows: Int, _ latent: Int) -> [Entry] {
  [
    Entry("product of two Gaussians", "\(rows) x \(latent)") {
      let (one, other, product) = (gaussian(rows, latent), gaussian(rows, latent), gaussian(rows, latent))
      other.mean.fill(0.5)
      other.logvar.fill(-1)
      return Trial(
        work: .elements(rows * latent), changed: product.matrices,
        kernel: { GaussianProduct.combine(one, other, into: product) },
        twin: { Twin.combine(one, other, into: product) })
    }
  ]
}
