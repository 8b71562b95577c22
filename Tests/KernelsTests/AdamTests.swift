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

  @Test("Moments of a gradient that stays zero decay to zero, not to subnormal numbers", arguments: [true, false])
  func flushedMoments(isAdamax: Bool) {
    var (values, first, second): ([Float], [Float], [Float]) = ([1, 1], [1e-37, -1e-37], [1.2e-38, 1])
    for step in 1...50 as ClosedRange<UInt64> {
      let coefficients = AdamCoefficients(step: step, learningRate: 1e-3, beta1: 0.9, beta2: 0.999, epsilon: 1e-8)
      if isAdamax {
        adamaxStep(
          count: 2, values: &values, gradients: [0, 0], firstMoment: &first, norm: &second, coefficients: coefficients)
      } else {
        adamStep(
          count: 2, values: &values, gradients: [0, 0], firstMoment: &first, secondMoment: &second,
          coefficients: coefficients)
      }
    }
    #expect(first == [0, 0] && values == [1, 1], "\(first), \(values)")
    #expect(second[0] == (isAdamax ? 1e-8 : 0) && abs(second[1] - Float(pow(0.999, 50))) < 1e-5, "\(second)")
  }

  @Test("Blocks of a range cover it once, with the sums of the runs in pairs", arguments: awkwardSizes + [700], 1...9)
  func sums(count: Int, terms: Int) {
    let tables = (0..<terms).map { floats(randomTable(1, count + 5, seed: UInt64(20 + $0))[0]) }
    let expected = (2..<count + 2).map { i in sumInPairs(tables.map { $0[i] }) }
    var (next, found) = (2, [Float]())
    tables.withUnsafeBufferPointer {
      forEachSummedBlock(of: 2..<count + 2, in: $0) { start, count, sums in
        #expect(start == next)
        next += count
        found += UnsafeBufferPointer(start: sums, count: count)
      }
    }
    #expect(next == count + 2 && found == expected, "every bit is the same")
  }

  @Test("Squares are added in double precision", arguments: awkwardSizes)
  func squares(count: Int) {
    let table = randomTable(1, count, seed: 5)[0].map { Double(Float($0)) }
    let expected = table.map { $0 * $0 }.reduce(0, +)
    #expect(abs(sumOfSquares(floats(table), count: count) - expected) <= 1e-14 * expected)
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
