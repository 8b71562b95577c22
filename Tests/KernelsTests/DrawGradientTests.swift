import KernelTwins
import Kernels
import Testing

/// Rows are draws, with weights of their own.
struct DrawGradientTests {
  private static let scale = 0.25
  private static let weights = [0.5, 0, 1.5]

  private func gaussian(_ latent: Int, seed: UInt64) -> HeadOutputs {
    HeadOutputs(randomTable(3, latent, seed: seed), randomTable(3, latent, -2...1, seed: seed + 100), latent: latent)
  }

  private var weights: Matrix { GuardedMatrix(Self.weights.map { [$0] }).view }

  /// Of `-scale · Σ weight · log density`, over all rows.
  private func loss(_ gaussian: GaussianTwin, _ z: [Double]) -> Double {
    let latent = z.count / 3
    return (0..<3).reduce(0) { sum, r in
      let own = r * latent..<(r + 1) * latent
      let row = GaussianTwin(Array(gaussian.mean[own]), Array(gaussian.logvar[own]))
      return sum - Self.scale * Self.weights[r] * row.logDensity(Array(z[own]))
    }
  }

  @Test("The gradient of weighted log densities", arguments: awkwardSizes.dropFirst())
  func density(latent: Int) {
    let (prior, z) = (gaussian(latent, seed: 1), randomTable(3, latent, seed: 5))
    let gradient = HeadOutputs(table(3, latent) { _, _ in 77 }, table(3, latent) { _, _ in 77 }, latent: latent)
    prior.view.lossGradient(
      of: GuardedMatrix(z).view, weights: weights, scale: Float(Self.scale), gradient: gradient.view)
    #expect(gradient.both.isIntact)
    let flat = z.flatMap(\.self)
    expectGradient(
      gradient.means + gradient.logvars, of: { loss(GaussianTwin($0[...]), flat) },
      at: prior.means + prior.logvars, seed: 2, tolerance: 5e-6)
    expectGradient(
      gradient.means.map { -$0 }, of: { loss(prior.twin, $0) }, at: flat, seed: 3, tolerance: 5e-6)
  }

  @Test("The score of draws from their noise", arguments: awkwardSizes.dropFirst())
  func score(latent: Int) {
    let (q, noise) = (gaussian(latent, seed: 1), randomTable(3, latent, -3...3, seed: 5))
    let dz = GuardedMatrix(3, latent, filledWith: 0.5)
    q.view.addScore(
      ofDrawsFrom: GuardedMatrix(noise).view, weights: weights, scale: Float(Self.scale), to: dz.view)
    #expect(dz.isIntact)
    expectGradient(
      dz.values.flatMap(\.self).map { 0.5 - $0 }, of: { loss(q.twin, $0) }, at: q.twin.sample(noise.flatMap(\.self)),
      seed: 3, tolerance: 5e-6)
  }

  @Test("Rows are repeated, summed, scaled and added to")
  func rows() {
    let source = gaussian(2, seed: 1)
    let many = HeadOutputs(table(6, 2) { _, _ in 77 }, table(6, 2) { _, _ in 77 }, latent: 2)
    many.view.repeatRows(of: source.view, count: 2)
    let sum = HeadOutputs(table(3, 2) { _, _ in 77 }, table(3, 2) { _, _ in 77 }, latent: 2)
    sum.view.sumRows(of: many.view, count: 2)
    #expect(many.both.isIntact && sum.both.isIntact)
    let repeated: [Double] = [0, 0, 1, 1, 2, 2].flatMap { row in Array(source.means[2 * row..<2 * row + 2]) }
    #expect(many.means == repeated)
    let doubled: [Double] = source.means.map { 2 * $0 }
    expectClose(sum.means, doubled, tolerance: 1e-6)
    let values = GuardedMatrix([[1, 2], [3, 4], [5, 6]])
    values.view.scaleRows(constant: 0.5, slope: 2, rowFactors: weights)
    expectClose(values, [[1.5, 3], [1.5, 2], [17.5, 21]], tolerance: 1e-6)
    values.view.add(GuardedMatrix([[1, 1], [1, 1], [1, 2]]).view, factor: 2, rowFactors: weights)
    expectClose(values, [[2.5, 4], [1.5, 2], [20.5, 27]], tolerance: 1e-6)
    values.view.addToRows(-2, rowFactors: weights)
    expectClose(values, [[1.5, 3], [1.5, 2], [17.5, 24]], tolerance: 1e-6)
  }
}
