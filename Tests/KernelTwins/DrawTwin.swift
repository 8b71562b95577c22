internal import Foundation
package import Kernels

// Rows are draws, with weights of their own.

extension Twin {
  package static func combine(
    _ one: DiagonalGaussian, _ other: DiagonalGaussian, into product: DiagonalGaussian
  ) {
    for r in 0..<product.rows {
      for i in 0..<product.latent {
        let (precision1, precision2) = (exp(-one.logvar[r, i]), exp(-other.logvar[r, i]))
        let precision = precision1 + precision2
        product.logvar[r, i] = -log(precision)
        product.mean[r, i] = (precision1 * one.mean[r, i] + precision2 * other.mean[r, i]) / precision
      }
    }
  }

  package static func lossGradient(
    _ gaussian: DiagonalGaussian, of z: Matrix, weights: Matrix, scale: Float, gradient: DiagonalGaussian
  ) {
    for r in 0..<z.rows {
      for i in 0..<z.columns {
        let (distance, precision) = (z[r, i] - gaussian.mean[r, i], exp(-gaussian.logvar[r, i]))
        gradient.mean[r, i] = -scale * weights[r, 0] * distance * precision
        gradient.logvar[r, i] = 0.5 * scale * weights[r, 0] * (1 - distance * distance * precision)
      }
    }
  }

  package static func addScore(
    _ gaussian: DiagonalGaussian, ofDrawsFrom noise: Matrix, weights: Matrix, scale: Float, to dz: Matrix
  ) {
    for r in 0..<dz.rows {
      for i in 0..<dz.columns {
        dz[r, i] -= scale * weights[r, 0] * noise[r, i] * exp(-0.5 * gaussian.logvar[r, i])
      }
    }
  }
}
