import Foundation
import KernelTwins
import Kernels
import Testing

struct AdamTests {
  @Test("Five steps, with gradients from 1e-6 to 1e2, against double precision", arguments: awkwardSizes)
  func steps(count: Int) {
    let rate = 1e-3
    let start = randomTable(1, count, seed: 1)[0]
    let values = GuardedMatrix([start])
    let (first, second) = (GuardedMatrix(1, count, filledWith: 0), GuardedMatrix(1, count, filledWith: 0))
    var (p, m, v) = (start, [Double](repeating: 0, count: count), [Double](repeating: 0, count: count))
    for step in 1...5 {
      let gradients = randomTable(1, count, seed: UInt64(10 + step))[0].enumerated().map { i, g in
        Double(Float(g * pow(10, Double(i % 9 - 6))))
      }
      adamStep(
        count: count, values: values.view.base, gradients: floats(gradients), firstMoment: first.view.base,
        secondMoment: second.view.base,
        coefficients: AdamCoefficients(
          step: UInt64(step), learningRate: rate, beta1: 0.9, beta2: 0.999, epsilon: 1e-8))
      for i in 0..<count {
        m[i] = 0.9 * m[i] + 0.1 * gradients[i]
        v[i] = 0.999 * v[i] + 0.001 * gradients[i] * gradients[i]
        let (meanHat, squareHat) = (m[i] / (1 - pow(0.9, Double(step))), v[i] / (1 - pow(0.999, Double(step))))
        p[i] -= rate * meanHat / (squareHat.squareRoot() + 1e-8)
      }
    }
    #expect(values.isIntact && first.isIntact && second.isIntact)
    for i in 0..<count {
      let gradient = pow(10, Double(i % 9 - 6))
      // Every step rounds the value once, and moves it by up to a rate of which a few roundings are wrong.
      #expect(abs(values.values[0][i] - p[i]) < 5 * (0x1p-24 + 1e-6 * rate), "value \(i)")
      #expect(abs(first.values[0][i] - m[i]) < 1e-6 * gradient, "first moment \(i)")
      #expect(abs(second.values[0][i] - v[i]) < 1e-6 * v[i] + 1e-30, "second moment \(i)")
    }
  }

  @Test("A step over a part of the parameters adds the gradients up in pairs first", arguments: awkwardSizes, 1...9)
  func sums(count: Int, terms: Int) {
    let tables = (0..<terms).map { floats(randomTable(1, count + 5, seed: UInt64(20 + $0))[0]) }
    let coefficients = AdamCoefficients(step: 3, learningRate: 1e-3, beta1: 0.9, beta2: 0.999, epsilon: 1e-8)
    let gradients = (0..<count + 5).map { i in sumInPairs(tables.map { $0[i] }) }
    func state(_ step: (_ arrays: [UnsafeMutablePointer<Float>]) -> Void) -> [Table] {
      let arrays = (0..<3).map { GuardedMatrix([randomTable(1, count + 5, seed: UInt64(40 + $0))[0].map(abs)]) }
      step(arrays.map(\.view.base))
      for array in arrays { #expect(array.isIntact) }
      return arrays.map(\.values)
    }
    let found = state { arrays in
      tables.withUnsafeBufferPointer {
        adamStep(
          range: 2..<count + 2, values: arrays[0], gradients: $0, firstMoment: arrays[1], secondMoment: arrays[2],
          coefficients: coefficients)
      }
    }
    let expected = state { arrays in
      adamStep(
        count: count, values: arrays[0] + 2, gradients: Array(gradients[2...]), firstMoment: arrays[1] + 2,
        secondMoment: arrays[2] + 2, coefficients: coefficients)
    }
    #expect(found == expected, "every bit is the same")
  }

  @Test("A sum may replace its first term", arguments: awkwardSizes)
  func sumInPlace(count: Int) {
    let tables = (0..<3).map { GuardedMatrix([randomTable(1, count + 3, seed: UInt64(60 + $0))[0]]) }
    let before = tables.map(\.values)
    [tables[0], tables[1], tables[2]].map(\.view.base).withUnsafeBufferPointer {
      sum(count: count, of: $0, offset: 3, into: tables[0].view.base + 3)
    }
    for i in 0..<count + 3 {
      let total = Double((Float(before[0][0][i]) + Float(before[1][0][i])) + Float(before[2][0][i]))
      #expect(tables[0].values[0][i] == (i < 3 ? before[0][0][i] : total), "element \(i)")
    }
    for table in tables { #expect(table.isIntact) }
    #expect(tables[1].values == before[1])
  }
}

/// Neighbours first, then pairs of neighbours; what has no neighbour waits.
private func sumInPairs(_ terms: [Float]) -> Float {
  guard terms.count > 1 else { return terms[0] }
  return sumInPairs(
    stride(from: 0, to: terms.count, by: 2).map { $0 + 1 < terms.count ? terms[$0] + terms[$0 + 1] : terms[$0] })
}
