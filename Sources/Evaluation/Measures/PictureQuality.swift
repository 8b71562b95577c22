internal import Configuration
internal import Foundation

/// How near two pictures with values from 0 to 1 are: mean squared error, peak signal-to-noise ratio in decibels, and
/// structural similarity (Wang et al., Image quality assessment, 2004).
package struct PictureQuality {
  package let meanSquaredError: Double
  package let signalToNoise: Double
  /// Nil for pictures that are smaller than the filter.
  package let similarity: Double?

  /// - Parameters:
  ///   - a, b: channels last.
  package init(_ a: [Float], _ b: [Float], channels: Int, height: Int, width: Int) {
    let squares = zip(a, b).reduce(0.0) { $0 + Double($1.0 - $1.1) * Double($1.0 - $1.1) }
    meanSquaredError = squares / Double(a.count)
    signalToNoise = -10 * log10(meanSquaredError)
    similarity =
      min(height, width) < Self.taps.count
      ? nil
      : (0..<channels).reduce(0) { sum, channel in
        func plane(_ picture: [Float]) -> Plane {
          Plane(
            (0..<height * width).map { Double(picture[$0 * channels + channel]) }, height: height, width: width)
        }
        return sum + Self.similarity(plane(a), plane(b))
      } / Double(channels)
  }

  /// A Gaussian of standard deviation 1.5, 11 values wide.
  private static let taps: [Double] = {
    let values = (-5...5).map { exp(-0.5 * Double($0 * $0) / (1.5 * 1.5)) }
    return values.map { $0 / values.reduce(0, +) }
  }()

  /// Of one channel: the mean over all places where the whole filter lies within the picture.
  private static func similarity(_ a: Plane, _ b: Plane) -> Double {
    let (c1, c2) = (0.01 * 0.01, 0.03 * 0.03)
    let (meanA, meanB) = (a.filtered(taps).values, b.filtered(taps).values)
    let (squareA, squareB) = ((a * a).filtered(taps).values, (b * b).filtered(taps).values)
    let product = (a * b).filtered(taps).values
    let sum = meanA.indices.reduce(0.0) { sum, i in
      let (mA, mB) = (meanA[i], meanB[i])
      let (varianceA, varianceB) = (squareA[i] - mA * mA, squareB[i] - mB * mB)
      return sum + (2 * mA * mB + c1) * (2 * (product[i] - mA * mB) + c2)
        / ((mA * mA + mB * mB + c1) * (varianceA + varianceB + c2))
    }
    return sum / Double(meanA.count)
  }
}

/// One channel of a picture.
private struct Plane {
  let values: [Double]
  let height: Int
  let width: Int

  init(_ values: [Double], height: Int, width: Int) {
    (self.values, self.height, self.width) = (values, height, width)
  }

  static func * (a: Plane, b: Plane) -> Plane {
    Plane(zip(a.values, b.values).map { $0 * $1 }, height: a.height, width: a.width)
  }

  /// Filtered in both directions, where the whole filter lies within.
  func filtered(_ taps: [Double]) -> Plane { filteredRows(taps).transposed.filteredRows(taps).transposed }

  private func filteredRows(_ taps: [Double]) -> Plane {
    let valid = width - taps.count + 1
    var result = [Double](repeating: 0, count: height * valid)
    for row in 0..<height {
      for (offset, tap) in taps.enumerated() {
        for column in 0..<valid { result[row * valid + column] += tap * values[row * width + column + offset] }
      }
    }
    return Plane(result, height: height, width: valid)
  }

  private var transposed: Plane {
    Plane(
      (0..<width).flatMap { column in (0..<height).map { values[$0 * width + column] } }, height: width, width: height)
  }
}
