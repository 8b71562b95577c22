import KernelTwins
import Kernels

/// Latents of MNIST's modalities, a whole batch.
var latentEntries: [Entry] {
  draws(64, 16) + densities(64, 16) + divergences(64, 16) + experts(64, 16)
}

private func draws(_ rows: Int, _ latent: Int) -> [Entry] {
  let (shape, work) = ("\(rows) x \(latent)", Work.elements(rows * latent))
  return [
    Entry("latent: sample", shape) {
      let (q, noise, z) = (gaussian(rows, latent), matrix(rows, latent, -3...3), matrix(rows, latent))
      return Trial(
        work: work, changed: [z], kernel: { q.sample(noise: noise, into: z) },
        twin: { Twin.sample(q, noise: noise, into: z) })
    },
    Entry("latent: sample, backward", shape) {
      let (q, noise, dz) = (gaussian(rows, latent), matrix(rows, latent, -3...3), matrix(rows, latent))
      let gradient = gaussian(rows, latent)
      return Trial(
        work: work, changed: gradient.matrices,
        kernel: { q.sampleBackward(noise: noise, dz: dz, gradient: gradient) },
        twin: { Twin.sampleBackward(q, noise: noise, dz: dz, gradient: gradient) })
    },
  ]
}

private func densities(_ rows: Int, _ latent: Int) -> [Entry] {
  let (shape, work) = ("\(rows) x \(latent)", Work.elements(rows * latent))
  return [
    Entry("latent: log density", shape) {
      let (q, z, found) = (gaussian(rows, latent), matrix(rows, latent, -3...3), doubles(rows))
      return Trial(
        work: work, changed: [], changedDoubles: [found],
        kernel: { q.addLogDensity(of: z, sign: 1, to: found.baseAddress!) },
        twin: { Twin.addLogDensity(q, of: z, sign: 1, to: found.baseAddress!) })
    },
    Entry("latent: standard normal log density", shape) {
      let (z, found) = (matrix(rows, latent, -3...3), doubles(rows))
      return Trial(
        work: work, changed: [], changedDoubles: [found],
        kernel: { addStandardNormalLogDensity(of: z, to: found.baseAddress!) },
        twin: { Twin.addStandardNormalLogDensity(of: z, to: found.baseAddress!) })
    },
  ]
}

private func divergences(_ rows: Int, _ latent: Int) -> [Entry] {
  let (shape, work) = ("\(rows) x \(latent)", Work.elements(rows * latent))
  return [
    Entry("latent: divergence and gradients", shape) {
      let (q, p, found) = (gaussian(rows, latent), gaussian(rows, latent), doubles(1))
      q.mean.fill(0.5)
      let (dq, dp) = (gaussian(rows, latent), gaussian(rows, latent))
      return Trial(
        work: work, changed: dq.matrices + dp.matrices, changedDoubles: [found],
        kernel: { found[0] = q.divergence(to: p, weight: 0.25, gradient: dq, otherGradient: dp) },
        twin: { found[0] = Twin.divergence(q, to: p, weight: 0.25, gradient: dq, otherGradient: dp) })
    },
    Entry("latent: divergence to standard normal", shape) {
      let (q, dq, found) = (gaussian(rows, latent), gaussian(rows, latent), doubles(1))
      return Trial(
        work: work, changed: dq.matrices, changedDoubles: [found],
        kernel: { found[0] = q.divergenceToStandardNormal(weight: 0.25, gradient: dq) },
        twin: { found[0] = Twin.divergenceToStandardNormal(q, weight: 0.25, gradient: dq) })
    },
  ]
}

private func experts(_ rows: Int, _ latent: Int) -> [Entry] {
  let (shape, work) = ("2 experts, \(rows) x \(latent)", Work.elements(2 * rows * latent))
  return [
    Entry("product of experts", shape) {
      let experts = [gaussian(rows, latent), gaussian(rows, latent)]
      let product = gaussian(rows, latent)
      return Trial(
        work: work, changed: product.matrices, kernel: { GaussianProduct.combine(experts[...], into: product) },
        twin: { Twin.combine(experts[...], into: product) })
    },
    Entry("product of experts, backward", shape) {
      let experts = [gaussian(rows, latent), gaussian(rows, latent)]
      let expertGradients = [gaussian(rows, latent), gaussian(rows, latent)]
      let (product, gradient) = (gaussian(rows, latent), gaussian(rows, latent))
      Twin.combine(experts[...], into: product)
      return Trial(
        work: work, changed: expertGradients.flatMap { $0.matrices },
        kernel: {
          GaussianProduct.backward(
            experts[...], product: product, gradient: gradient, expertGradients: expertGradients[...])
        },
        twin: {
          Twin.combineBackward(
            experts[...], product: product, gradient: gradient, expertGradients: expertGradients[...])
        })
    },
  ]
}
