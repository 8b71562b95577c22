internal import Foundation
package import Kernels

/// Diagonal Gaussians in double precision, rows and latent dimensions side by side.
package struct GaussianTwin {
  package var mean: [Double]
  package var logvar: [Double]

  package init(_ mean: [Double], _ logvar: [Double]) { (self.mean, self.logvar) = (mean, logvar) }

  /// Means, then log-variances, of `count` Gaussians from one list: what a gradient check wiggles.
  package init(_ flat: ArraySlice<Double>) {
    let half = flat.count / 2
    self.init(Array(flat.prefix(half)), Array(flat.suffix(half)))
  }

  package func sample(_ noise: [Double]) -> [Double] {
    mean.indices.map { mean[$0] + exp(0.5 * logvar[$0]) * noise[$0] }
  }

  package func logDensity(_ z: [Double]) -> Double {
    mean.indices.reduce(0) { sum, i in
      sum - 0.5 * ((z[i] - mean[i]) * (z[i] - mean[i]) * exp(-logvar[i]) + logvar[i] + log(2 * .pi))
    }
  }

  package func divergence(to p: GaussianTwin) -> Double {
    mean.indices.reduce(0) { sum, i in
      let difference = mean[i] - p.mean[i]
      return sum + 0.5
        * (p.logvar[i] - logvar[i] + exp(logvar[i] - p.logvar[i]) + difference * difference * exp(-p.logvar[i]) - 1)
    }
  }

  package static func standard(_ count: Int) -> GaussianTwin {
    GaussianTwin([Double](repeating: 0, count: count), [Double](repeating: 0, count: count))
  }
}

private let logTwoPi = 1.837_877_066_409_345_5

extension Twin {
  package static func sample(_ gaussian: DiagonalGaussian, noise: Matrix, into z: Matrix) {
    let latent = gaussian.latent
    for r in 0..<gaussian.rows {
      let (m, v, e, z) = (gaussian.mean.row(r), gaussian.logvar.row(r), noise.row(r), z.row(r))
      for i in 0..<latent { z[i] = m[i] + exp(0.5 * v[i]) * e[i] }
    }
  }

  package static func sampleBackward(
    _ gaussian: DiagonalGaussian, noise: Matrix, dz: Matrix, gradient: DiagonalGaussian
  ) {
    let latent = gaussian.latent
    for r in 0..<gaussian.rows {
      let (v, e, dz) = (gaussian.logvar.row(r), noise.row(r), dz.row(r))
      let (dm, dv) = (gradient.mean.row(r), gradient.logvar.row(r))
      for i in 0..<latent {
        dm[i] += dz[i]
        dv[i] += dz[i] * 0.5 * exp(0.5 * v[i]) * e[i]
      }
    }
  }

  package static func addLogDensity(
    _ gaussian: DiagonalGaussian, of z: Matrix, sign: Double, to rows: UnsafeMutablePointer<Double>
  ) {
    let latent = gaussian.latent
    for r in 0..<z.rows {
      let (m, v, z) = (gaussian.mean.row(r), gaussian.logvar.row(r), z.row(r))
      var sum: Float = 0
      for i in 0..<latent { sum += (z[i] - m[i]) * (z[i] - m[i]) * exp(-v[i]) + v[i] }
      rows[r] -= sign * 0.5 * (Double(sum) + Double(latent) * logTwoPi)
    }
  }

  package static func addStandardNormalLogDensity(of z: Matrix, to rows: UnsafeMutablePointer<Double>) {
    let latent = z.columns
    for r in 0..<z.rows {
      let z = z.row(r)
      var sum = 0.0
      for i in 0..<latent { sum += Double(z[i]) * Double(z[i]) }
      rows[r] -= 0.5 * (sum + Double(latent) * logTwoPi)
    }
  }

  package static func divergence(
    _ gaussian: DiagonalGaussian, to other: DiagonalGaussian, weight: Float, gradient: DiagonalGaussian,
    otherGradient: DiagonalGaussian
  ) -> Double {
    let latent = gaussian.latent
    var total = 0.0
    for r in 0..<gaussian.rows {
      let (qm, qv, pm, pv) = (gaussian.mean.row(r), gaussian.logvar.row(r), other.mean.row(r), other.logvar.row(r))
      let (dqm, dqv) = (gradient.mean.row(r), gradient.logvar.row(r))
      let (dpm, dpv) = (otherGradient.mean.row(r), otherGradient.logvar.row(r))
      for i in 0..<latent {
        let (difference, precision, ratio) = (qm[i] - pm[i], exp(-pv[i]), exp(qv[i] - pv[i]))
        let distance = difference * difference * precision
        total += Double(0.5 * (pv[i] - qv[i] + ratio + distance - 1))
        dqm[i] = weight * difference * precision
        dqv[i] = weight * 0.5 * (ratio - 1)
        dpm[i] = -weight * difference * precision
        dpv[i] = weight * 0.5 * (1 - ratio - distance)
      }
    }
    return total
  }

  package static func divergenceToStandardNormal(
    _ gaussian: DiagonalGaussian, weight: Float, gradient: DiagonalGaussian
  ) -> Double {
    let latent = gaussian.latent
    var total = 0.0
    for r in 0..<gaussian.rows {
      let (m, v) = (gaussian.mean.row(r), gaussian.logvar.row(r))
      let (dm, dv) = (gradient.mean.row(r), gradient.logvar.row(r))
      for i in 0..<latent {
        total += Double(0.5 * (m[i] * m[i] + exp(v[i]) - v[i] - 1))
        dm[i] = weight * m[i]
        dv[i] = weight * 0.5 * (exp(v[i]) - 1)
      }
    }
    return total
  }

  package static func combine(_ experts: ArraySlice<DiagonalGaussian>, into product: DiagonalGaussian) {
    let latent = product.latent
    for r in 0..<product.rows {
      let (m, v) = (product.mean.row(r), product.logvar.row(r))
      for i in 0..<latent {
        var (precision, weighted): (Float, Float) = (1, 0)
        for expert in experts {
          let share = exp(-expert.logvar.row(r)[i])
          precision += share
          weighted += share * expert.mean.row(r)[i]
        }
        v[i] = -log(precision)
        m[i] = weighted / precision
      }
    }
  }

  package static func combineBackward(
    _ experts: ArraySlice<DiagonalGaussian>, product: DiagonalGaussian, gradient: DiagonalGaussian,
    expertGradients: ArraySlice<DiagonalGaussian>
  ) {
    let latent = product.latent
    for r in 0..<product.rows {
      let (m, v) = (product.mean.row(r), product.logvar.row(r))
      let (dm, dv) = (gradient.mean.row(r), gradient.logvar.row(r))
      for i in 0..<latent {
        for (expert, expertGradient) in zip(experts, expertGradients) {
          let share = exp(v[i] - expert.logvar.row(r)[i])
          expertGradient.mean.row(r)[i] += dm[i] * share
          expertGradient.logvar.row(r)[i] += share * (dv[i] - dm[i] * (expert.mean.row(r)[i] - m[i]))
        }
      }
    }
  }
}
