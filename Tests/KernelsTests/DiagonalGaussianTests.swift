import Foundation
import KernelTwins
import Kernels
import Testing

/// Means and log-variances side by side, as heads write them.
struct HeadOutputs {
  let both: GuardedMatrix
  private let latent: Int

  init(_ mean: Table, _ logvar: Table, latent: Int) {
    both = GuardedMatrix(zip(mean, logvar).map { $0 + $1 }, columns: 2 * latent)
    self.latent = latent
  }

  var view: DiagonalGaussian {
    DiagonalGaussian(mean: both.view.columns(0..<latent), logvar: both.view.columns(latent..<2 * latent))
  }
  var means: [Double] { both.values.flatMap { $0.prefix(latent) } }
  var logvars: [Double] { both.values.flatMap { $0.suffix(latent) } }
  var twin: GaussianTwin { GaussianTwin(means, logvars) }
}

struct DiagonalGaussianTests {
  private static let shapes = awkwardSizes.flatMap { [($0, 5), (3, $0)] }

  private func random(_ rows: Int, _ latent: Int, seed: UInt64) -> HeadOutputs {
    HeadOutputs(
      randomTable(rows, latent, seed: seed), randomTable(rows, latent, -2...1, seed: seed + 100), latent: latent)
  }

  private func zeros(_ rows: Int, _ latent: Int, value: Double = 0) -> HeadOutputs {
    let zeros = table(rows, latent) { _, _ in value }
    return HeadOutputs(zeros, zeros, latent: latent)
  }

  /// Adds an error of about 1e-6 for each of the numbers that are summed.
  private func tolerance(_ rows: Int, _ latent: Int) -> Double { 1e-6 * Double(max(1, rows * latent)) }

  @Test("A draw is mean + deviation · noise, and its gradient flows back", arguments: shapes)
  func sample(rows: Int, latent: Int) {
    let gaussian = random(rows, latent, seed: 1)
    let noise = randomTable(rows, latent, -3...3, seed: 2)
    let noiseMatrix = GuardedMatrix(noise, columns: latent, gap: 1)
    let z = GuardedMatrix(rows, latent, gap: 3)
    gaussian.view.sample(noise: noiseMatrix.view, into: z.view)
    #expect(z.isIntact)
    expectClose(z.values.flatMap(\.self), gaussian.twin.sample(noise.flatMap(\.self)), tolerance: 1e-6, "z")

    let dz = randomTable(rows, latent, seed: 3)
    let gradient = zeros(rows, latent, value: 0.5)
    gaussian.view.sampleBackward(
      noise: noiseMatrix.view, dz: GuardedMatrix(dz, columns: latent).view, gradient: gradient.view)
    #expect(gradient.both.isIntact)
    func loss(_ flat: [Double]) -> Double {
      zip(GaussianTwin(flat[...]).sample(noise.flatMap(\.self)), dz.joined()).reduce(0) { $0 + $1.0 * $1.1 }
    }
    // It is added to what was there.
    expectGradient(
      (gradient.means + gradient.logvars).map { $0 - 0.5 }, of: loss, at: gaussian.means + gaussian.logvars, seed: 4,
      tolerance: 1e-6)
  }

  @Test("The divergence between two Gaussians, and its gradients", arguments: shapes)
  func divergence(rows: Int, latent: Int) {
    let (q, p) = (random(rows, latent, seed: 1), random(rows, latent, seed: 2))
    let (gradient, other) = (zeros(rows, latent, value: 77), zeros(rows, latent, value: 77))
    let found = q.view.divergence(to: p.view, weight: 0.25, gradient: gradient.view, otherGradient: other.view)
    expectClose([found], [q.twin.divergence(to: p.twin)], tolerance: tolerance(rows, latent))
    expectGradient(
      gradient.means + gradient.logvars, of: { 0.25 * GaussianTwin($0[...]).divergence(to: p.twin) },
      at: q.means + q.logvars, seed: 3, tolerance: 2e-6)
    expectGradient(
      other.means + other.logvars, of: { 0.25 * q.twin.divergence(to: GaussianTwin($0[...])) },
      at: p.means + p.logvars, seed: 4, tolerance: 2e-6)
  }

  @Test("The divergence to the standard normal, and its gradient", arguments: shapes)
  func divergenceToStandardNormal(rows: Int, latent: Int) {
    let q = random(rows, latent, seed: 1)
    let gradient = zeros(rows, latent, value: 77)
    let found = q.view.divergenceToStandardNormal(weight: 0.25, gradient: gradient.view)
    let standard = GaussianTwin.standard(rows * latent)
    expectClose([found], [q.twin.divergence(to: standard)], tolerance: tolerance(rows, latent))
    expectGradient(
      gradient.means + gradient.logvars, of: { 0.25 * GaussianTwin($0[...]).divergence(to: standard) },
      at: q.means + q.logvars, seed: 3, tolerance: 2e-6)
  }

  @Test("A divergence is 0 between equal Gaussians and where nothing differs from the standard normal")
  func noDivergence() {
    let q = random(9, 5, seed: 1)
    let gradients = (zeros(9, 5), zeros(9, 5))
    #expect(q.view.divergence(to: q.view, weight: 1, gradient: gradients.0.view, otherGradient: gradients.1.view) == 0)
    #expect(gradients.0.both.values.joined().allSatisfy { $0 == 0 })
    #expect(zeros(9, 5).view.divergenceToStandardNormal(weight: 1, gradient: gradients.0.view) == 0)
  }

  @Test(
    "Divergences of almost equal Gaussians are right in every digit, and never negative",
    arguments: [1e-6, -1e-6, 3e-5, -1e-3, 0.01, -0.1, 0.49, -0.49, 0.51, -0.51])
  func smallDivergence(difference: Double) {
    let x = Double(Float(difference))
    // e^x - 1 - x by its series, which converges at once.
    let excess = (2...12).reduce((sum: 0.0, term: x)) {
      (sum: $0.sum + $0.term * x / Double($1), term: $0.term * x / Double($1))
    }.sum
    let (q, gradients) = (HeadOutputs([[0, 0]], [[x, x]], latent: 2), (zeros(1, 2), zeros(1, 2)))
    let toStandard = q.view.divergenceToStandardNormal(weight: 1, gradient: gradients.0.view)
    #expect(toStandard > 0 && abs(toStandard - excess) <= 1e-5 * excess, "found \(toStandard), expected \(excess)")
    let p = HeadOutputs([[0, 0]], [[0, 0]], latent: 2)
    let between = q.view.divergence(
      to: p.view, weight: 1, gradient: gradients.0.view, otherGradient: gradients.1.view)
    #expect(between > 0 && abs(between - excess) <= 1e-5 * excess, "found \(between), expected \(excess)")
  }

  @Test("The log density of a draw comes from its noise", arguments: awkwardSizes)
  func logDensityOfDraws(latent: Int) {
    let gaussian = random(3, latent, seed: 1)
    let noise = randomTable(3, latent, -3...3, seed: 2)
    let rows = doubles(3, filledWith: 0.5)
    gaussian.view.subtractLogDensity(
      ofDrawsFrom: GuardedMatrix(noise, columns: latent, gap: 3).view, from: rows.baseAddress!)
    let expected = gaussian.both.values.enumerated().map { row, values in
      let twin = GaussianTwin(Array(values.prefix(latent)), Array(values.suffix(latent)))
      return 0.5 - twin.logDensity(twin.sample(noise[row]))
    }
    expectClose(rows, expected, tolerance: 10 * tolerance(1, latent))
  }

  @Test("It keeps the noise of a deviation that the rounded draw cannot show")
  func logDensityOfRoundedDraws() {
    let gaussian = HeadOutputs([[1]], [[-40]], latent: 1)
    let rows = doubles(1)
    gaussian.view.subtractLogDensity(ofDrawsFrom: GuardedMatrix([[1.5]]).view, from: rows.baseAddress!)
    expectClose(rows, [0.5 * (1.5 * 1.5 - 40 + log(2 * .pi))], tolerance: 1e-6)
  }

  @Test("Log densities are added or subtracted, row by row", arguments: awkwardSizes, [1.0, -1])
  func logDensity(latent: Int, sign: Double) {
    let gaussian = random(3, latent, seed: 1)
    let z = randomTable(3, latent, -3...3, seed: 2)
    let rows = doubles(3, filledWith: 0.5)
    gaussian.view.addLogDensity(of: GuardedMatrix(z, columns: latent, gap: 3).view, sign: sign, to: rows.baseAddress!)
    let means = gaussian.both.values
    let expected = (0..<3).map {
      0.5 + sign * GaussianTwin(Array(means[$0].prefix(latent)), Array(means[$0].suffix(latent))).logDensity(z[$0])
    }
    // Squared distances of up to 16 times precisions of up to e².
    expectClose(rows, expected, tolerance: 10 * tolerance(1, latent))

    let standard = doubles(3, filledWith: 0.5)
    addStandardNormalLogDensity(of: GuardedMatrix(z, columns: latent, gap: 3).view, to: standard.baseAddress!)
    expectClose(standard, z.map { 0.5 + GaussianTwin.standard(latent).logDensity($0) }, tolerance: 1e-12)
  }

  @Test("One Gaussian against many draws, without copying it")
  func repeated() {
    let gaussian = random(3, 9, seed: 1)
    let z = randomTable(5, 9, seed: 2)
    let rows = doubles(5)
    gaussian.view.repeating(row: 1, count: 5).addLogDensity(of: GuardedMatrix(z).view, sign: 1, to: rows.baseAddress!)
    let row = gaussian.both.values[1]
    let twin = GaussianTwin(Array(row.prefix(9)), Array(row.suffix(9)))
    expectClose(rows, z.map(twin.logDensity), tolerance: 1e-5)
  }

  @Test("Log-variances of ±40 keep their digits", arguments: [-40.0, 40], [-40.0, 40])
  func largeLogvars(ofQ: Double, ofP: Double) {
    let q = HeadOutputs([[0.5]], [[ofQ]], latent: 1)
    let p = HeadOutputs([[-0.25]], [[ofP]], latent: 1)
    let (gradient, other) = (zeros(1, 1), zeros(1, 1))
    let found = q.view.divergence(to: p.view, weight: 1, gradient: gradient.view, otherGradient: other.view)
    expectClose([found], [q.twin.divergence(to: p.twin)], tolerance: 1e-6)
    let distance = 0.75 * exp(-ofP)
    let ratio = exp(ofQ - ofP)
    expectClose(gradient.both.values[0], [distance, 0.5 * (ratio - 1)], tolerance: 1e-6)
    expectClose(other.both.values[0], [-distance, 0.5 * (1 - ratio - 0.75 * distance)], tolerance: 1e-6)
    let density = doubles(1)
    q.view.addLogDensity(of: GuardedMatrix([[1]]).view, sign: 1, to: density.baseAddress!)
    expectClose(density, [q.twin.logDensity([1])], tolerance: 1e-6)
  }

  @Test("Equal Gaussians have no divergence and a finite density, however narrow or wide", arguments: [-300.0, 300])
  func extremeLogvars(logvar: Double) {
    let (q, p) = (HeadOutputs([[0.5]], [[logvar]], latent: 1), HeadOutputs([[0.5]], [[logvar]], latent: 1))
    let (gradient, other) = (zeros(1, 1), zeros(1, 1))
    #expect(q.view.divergence(to: p.view, weight: 1, gradient: gradient.view, otherGradient: other.view) == 0)
    #expect(gradient.both.values == [[0, 0]])
    #expect(other.both.values == [[0, 0]])
    let density = doubles(1)
    q.view.addLogDensity(of: GuardedMatrix([[0.5]]).view, sign: 1, to: density.baseAddress!)
    expectClose(density, [q.twin.logDensity([0.5])], tolerance: 1e-6)
  }
}
