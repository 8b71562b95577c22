import Foundation
import KernelTwins
import Kernels
import Testing

struct GaussianProductTests {
  /// Means, then log-variances, of the product of experts and the standard normal, in double precision.
  private func product(_ experts: [GaussianTwin]) -> (means: [Double], logvars: [Double]) {
    let count = experts[0].mean.count
    let precisions = (0..<count).map { i in experts.reduce(1) { $0 + exp(-$1.logvar[i]) } }
    let weighted = (0..<count).map { i in experts.reduce(0) { $0 + exp(-$1.logvar[i]) * $1.mean[i] } }
    return (zip(weighted, precisions).map { $0 / $1 }, precisions.map { -log($0) })
  }

  private func random(_ latent: Int, seed: UInt64, _ logvars: ClosedRange<Double> = -2...1) -> HeadOutputs {
    HeadOutputs(
      randomTable(3, latent, seed: seed), randomTable(3, latent, logvars, seed: seed + 100), latent: latent)
  }

  private func zeros(_ latent: Int, value: Double = 0) -> HeadOutputs {
    HeadOutputs(table(3, latent) { _, _ in value }, table(3, latent) { _, _ in value }, latent: latent)
  }

  @Test("The product of one, two and three experts and the prior", arguments: awkwardSizes.dropFirst(), 1...3)
  func combine(latent: Int, count: Int) {
    let experts = (0..<count).map { random(latent, seed: UInt64($0)) }
    let found = zeros(latent, value: 77)
    GaussianProduct.combine(experts.map(\.view)[...], into: found.view)
    #expect(found.both.isIntact)
    let expected = product(experts.map(\.twin))
    expectClose(found.means, expected.means, tolerance: 1e-6, "mean")
    expectClose(found.logvars, expected.logvars, tolerance: 1e-6, "logvar")
  }

  /// e^100 is no float: each lane has a largest precision of its own, around which it must be computed.
  @Test("Experts of variance e^-100 to e^100 in any lane neither overflow nor vanish", arguments: [7, 8, 17])
  func extremes(latent: Int) {
    let logvars = [-100.0, 100, 0]
    let experts = (0..<2).map { expert in
      HeadOutputs(
        randomTable(3, latent, seed: UInt64(expert)), table(3, latent) { r, i in logvars[(i + r + expert) % 3] },
        latent: latent)
    }
    let found = zeros(latent, value: 77)
    GaussianProduct.combine(experts.map(\.view)[...], into: found.view)
    let expected = product(experts.map(\.twin))
    expectClose(found.means, expected.means, tolerance: 1e-6, "mean")
    expectClose(found.logvars, expected.logvars, tolerance: 1e-6, "logvar")
  }

  @Test("The product of two without the standard normal, and its gradient", arguments: awkwardSizes.dropFirst())
  func pair(latent: Int) {
    let experts = (0..<2).map { random(latent, seed: UInt64($0)) }
    func product(_ experts: [GaussianTwin]) -> GaussianTwin {
      let precisions = (0..<experts[0].mean.count).map { i in experts.reduce(0) { $0 + exp(-$1.logvar[i]) } }
      let means = precisions.indices.map { i in
        experts.reduce(0) { $0 + exp(-$1.logvar[i]) * $1.mean[i] } / precisions[i]
      }
      return GaussianTwin(means, precisions.map { -log($0) })
    }
    let found = zeros(latent, value: 77)
    GaussianProduct.combine(experts[0].view, experts[1].view, into: found.view)
    #expect(found.both.isIntact)
    let expected = product(experts.map(\.twin))
    expectClose(found.means, expected.mean, tolerance: 1e-6, "mean")
    expectClose(found.logvars, expected.logvar, tolerance: 1e-6, "logvar")
    let gradient = random(latent, seed: 50, -1...1)
    for place in 0..<2 {
      let backward = zeros(latent, value: 0.5)
      GaussianProduct.backward(
        experts[place].view, product: found.view, gradient: gradient.view, addingTo: backward.view)
      func loss(_ flat: [Double]) -> Double {
        var twins = experts.map(\.twin)
        twins[place] = GaussianTwin(flat[...])
        let twin = product(twins)
        return zip(twin.mean + twin.logvar, gradient.means + gradient.logvars).reduce(0) { $0 + $1.0 * $1.1 }
      }
      expectGradient(
        (backward.means + backward.logvars).map { $0 - 0.5 }, of: loss,
        at: experts[place].means + experts[place].logvars, seed: 6, tolerance: 5e-6)
    }
  }

  @Test("Two of variance e^-100 and e^100 neither overflow nor vanish")
  func extremePair() {
    let (narrow, wide) = (
      HeadOutputs(table(3, 9) { _, _ in 2 }, table(3, 9) { _, i in i % 2 == 0 ? -100 : -80 }, latent: 9),
      HeadOutputs(table(3, 9) { _, _ in -5 }, table(3, 9) { _, _ in 100 }, latent: 9)
    )
    for (one, other) in [(narrow, wide), (wide, narrow)] {
      let found = zeros(9, value: 77)
      GaussianProduct.combine(one.view, other.view, into: found.view)
      expectClose(found.means, narrow.means, tolerance: 1e-6, "mean")
      expectClose(found.logvars, narrow.logvars, tolerance: 1e-6, "logvar")
    }
  }

  @Test("Its gradient flows back to every expert, added to what was there", arguments: awkwardSizes.dropFirst(), 1...3)
  func backward(latent: Int, count: Int) {
    let experts = (0..<count).map { random(latent, seed: UInt64($0)) }
    let joint = zeros(latent)
    GaussianProduct.combine(experts.map(\.view)[...], into: joint.view)
    let gradient = random(latent, seed: 50, -1...1)
    let found = experts.map { _ in zeros(latent, value: 0.5) }
    GaussianProduct.backward(
      experts.map(\.view)[...], product: joint.view, gradient: gradient.view, expertGradients: found.map(\.view)[...])
    for place in experts.indices {
      func loss(_ flat: [Double]) -> Double {
        var twins = experts.map(\.twin)
        twins[place] = GaussianTwin(flat[...])
        let (means, logvars) = product(twins)
        return zip(means + logvars, gradient.means + gradient.logvars).reduce(0) { $0 + $1.0 * $1.1 }
      }
      #expect(found[place].both.isIntact)
      expectGradient(
        (found[place].means + found[place].logvars).map { $0 - 0.5 }, of: loss,
        at: experts[place].means + experts[place].logvars, seed: 6, tolerance: 5e-6)
    }
  }
}
