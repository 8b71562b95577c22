internal import Glibc

// One draw of one value, in double precision: predictions are drawn a few for a row, where training draws millions.

extension LaplaceLikelihood {
  /// A draw around 0 of the scale e^logScale.
  package static func draw(logScale: Float, _ random: inout RandomSequence) -> Double {
    let u = random.uniform() - 0.5
    let size = -log1p(-2 * abs(u)) * exp(Double(max(logScale, smallestLogScale)))
    return u < 0 ? -size : size
  }
}

extension PoissonLikelihood {
  /// A count of the rate `rate`: the product of uniform numbers for small rates, Hörmann's transformed rejection (PTRS,
  /// 1993) for others.
  package static func draw(rate: Double, _ random: inout RandomSequence) -> Double {
    guard rate < 10 else { return drawByRejection(rate, &random) }
    let bound = exp(-rate)
    var (count, product) = (0.0, random.uniform())
    while product > bound {
      count += 1
      product *= random.uniform()
    }
    return count
  }

  private static func drawByRejection(_ rate: Double, _ random: inout RandomSequence) -> Double {
    guard rate.isFinite else { return rate }
    let b = 0.931 + 2.53 * rate.squareRoot()
    let a = -0.059 + 0.02483 * b
    let inverseAlpha = 1.1239 + 1.1328 / (b - 3.4)
    let quick = 0.9277 - 3.6224 / (b - 2)
    while true {
      let (u, v) = (random.uniform() - 0.5, random.uniform())
      let distance = 0.5 - abs(u)
      let count = ((2 * a / distance + b) * u + rate + 0.43).rounded(.down)
      if distance >= 0.07 && v <= quick { return count }
      if count < 0 || (distance < 0.013 && v > distance) { continue }
      let logRatio = log(v * inverseAlpha / (a / (distance * distance) + b))
      if logRatio <= count * log(rate) - rate - lgamma(count + 1) { return count }
    }
  }
}

extension NegativeBinomialLikelihood {
  /// A count of the rate `rate` and the dispersion e^logDispersion: Poisson's, at a rate drawn from a gamma distribution.
  package static func draw(rate: Double, logDispersion: Float, _ random: inout RandomSequence) -> Double {
    let dispersion = dispersion(logDispersion)
    return PoissonLikelihood.draw(rate: drawGamma(dispersion, &random) * rate / dispersion, &random)
  }

  /// t, within its range.
  static func dispersion(_ logDispersion: Float) -> Double {
    exp(Double(min(max(logDispersion, logDispersionRange.lowerBound), logDispersionRange.upperBound)))
  }

  /// A draw of the gamma distribution of this shape and the scale 1 (Marsaglia and Tsang, 2000).
  private static func drawGamma(_ shape: Double, _ random: inout RandomSequence) -> Double {
    guard shape >= 1 else {
      let draw = drawGamma(shape + 1, &random)
      return draw * pow(random.uniform(), 1 / shape)
    }
    let d = shape - 1.0 / 3
    let c = 1 / (9 * d).squareRoot()
    while true {
      let x = random.normal()
      let root = 1 + c * x
      guard root > 0 else { continue }
      let v = root * root * root
      if log(random.uniform()) < 0.5 * x * x + d * (1 - v + log(v)) { return d * v }
    }
  }
}

extension BernoulliLikelihood {
  /// 1 with this probability, else 0.
  package static func draw(probability: Double, _ random: inout RandomSequence) -> Double {
    random.uniform() < probability ? 1 : 0
  }
}

extension CategoricalLikelihood {
  /// An index, each with its probability.
  package static func draw(
    probabilities: UnsafePointer<Float>, count: Int, _ random: inout RandomSequence
  ) -> Int {
    let u = random.uniform()
    var sum = 0.0
    for index in 0..<count {
      sum += Double(probabilities[index])
      if u < sum { return index }
    }
    // The probabilities may add up to a little less than 1.
    return (0..<count).last { probabilities[$0] > 0 } ?? 0
  }
}
