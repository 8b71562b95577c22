import Foundation
import Kernels
import Testing

struct RandomStreamTests {
  private func normals(
    _ count: Int, _ stream: RandomStream = RandomStream(seed: 7, purpose: .noise), step: UInt64 = 3, row: UInt32 = 5
  ) -> [Double] {
    let buffer = GuardedMatrix(1, count)
    stream.fillNormals(UnsafeMutableBufferPointer(start: buffer.view.base, count: count), step: step, row: row)
    #expect(buffer.isIntact)
    return buffer.values[0]
  }

  @Test("A word is the generator's, at the counter that the documentation states")
  func counter() {
    let stream = RandomStream(seed: 7, purpose: .noise, part: 0x0102)
    let block = Philox(seed: 7).block([2, 5, 0x89ab_cdef, 0x0401_0267])
    for i in 0..<4 { #expect(stream.word(step: 0x67_89ab_cdef, row: 5, index: 8 + UInt32(i)) == block[i]) }
  }

  @Test("Seed, purpose, part, step and row all tell draws apart")
  func coordinates() {
    var draws = RandomPurpose.allCases.map { normals(8, RandomStream(seed: 7, purpose: $0)) }
    draws.append(normals(8, RandomStream(seed: 8, purpose: .noise)))
    draws.append(normals(8, RandomStream(seed: 7 | 1 << 32, purpose: .noise)))
    draws += [1, 2, 256, .max].map { normals(8, RandomStream(seed: 7, purpose: .noise, part: $0)) }
    draws += [0, 1, 1 << 32, 1 << 39].map { normals(8, step: $0) }
    draws += [0, 1, .max].map { normals(8, row: $0) }
    #expect(Set(draws.joined()).count == 8 * draws.count)
    #expect(normals(8) == normals(8))
  }

  @Test("Rows made side by side are those made one after another", arguments: [1, 4, 10, 33])
  func rows(width: Int) {
    let stream = RandomStream(seed: 7, purpose: .noise)
    // The second start lets the low word of the step turn over within eight rows.
    for first: UInt64 in [3, (1 << 32) - 11] {
      let matrix = GuardedMatrix(21, width, gap: 2)
      stream.fillNormals(matrix.view, firstStep: first, row: 5)
      #expect(matrix.isIntact)
      #expect(matrix.values == (0..<21).map { normals(width, step: first + $0) })
    }
  }

  @Test("A step that the counter has no room for ends the program")
  func steps() async {
    await #expect(processExitsWith: .failure) {
      _ = RandomStream(seed: 1, purpose: .noise).word(step: 1 << 40, row: 0, index: 0)
    }
  }

  @Test("Uniform draws lie in [0, 1) and are spread evenly")
  func uniforms() {
    let stream = RandomStream(seed: 1, purpose: .dropout)
    var counts = [Int](repeating: 0, count: 10)
    for row in 0..<10_000 as Range<UInt32> {
      let value = stream.uniform(step: 0, row: row, index: row % 7)
      #expect(0 <= value && value < 1)
      counts[Int(value * 10)] += 1
    }
    // Five standard deviations of a count, √(10 000 · 0.1 · 0.9).
    #expect(counts.allSatisfy { abs($0 - 1000) < 150 }, "\(counts)")
  }

  @Test("Normal draws made eight blocks at a time are those of the single blocks, by Box and Muller")
  func vectorised() {
    let stream = RandomStream(seed: 7, purpose: .noise)
    let expected = (0..<260).map { i in
      let pair = UInt32(i / 2 * 2)
      let u = Double(stream.word(step: 3, row: 5, index: pair) >> 8 + 1) * 0x1p-24
      let turns = Double(stream.word(step: 3, row: 5, index: pair + 1) >> 8) * 0x1p-24
      return (-2 * log(u)).squareRoot() * (i % 2 == 0 ? cos(2 * .pi * turns) : sin(2 * .pi * turns))
    }
    // A radius of up to 5.8 times an angle's error of 1e-7, or the error of a logarithm near 0, which the root
    // enlarges.
    expectClose(normals(260), expected, tolerance: 2e-6)
  }

  @Test("A short run of normal draws is the start of a longer one", arguments: awkwardSizes + [31, 32, 33])
  func prefix(count: Int) {
    #expect(normals(count) == Array(normals(300).prefix(count)))
  }

  /// A million draws from many rows; all bounds below are five standard deviations.
  private static let count = 1 << 20

  private var sample: [Double] { (0..<UInt32(Self.count >> 10)).flatMap { normals(1 << 10, row: $0) } }

  @Test("Normal draws have the moments of a normal distribution")
  func moments() {
    let (sample, n) = (sample, Double(Self.count))
    func moment(_ power: Int) -> Double { sample.reduce(0) { $0 + pow($1, Double(power)) } / n }
    // The variance of xᵏ is (2k - 1)!! - E[xᵏ]².
    #expect(abs(moment(1)) < 5 * (1 / n).squareRoot())
    #expect(abs(moment(2) - 1) < 5 * (2 / n).squareRoot())
    #expect(abs(moment(3)) < 5 * (15 / n).squareRoot())
    #expect(abs(moment(4) - 3) < 5 * (96 / n).squareRoot())
    for lag in [1, 2, 4, 32, 1024] {
      let correlation = zip(sample, sample.dropFirst(lag)).reduce(0) { $0 + $1.0 * $1.1 } / n
      #expect(abs(correlation) < 5 * (1 / n).squareRoot(), "lag \(lag)")
    }
  }

  @Test("Normal draws have the quantiles of a normal distribution")
  func quantiles() {
    let (sample, n) = (sample, Double(Self.count))
    for x in [-4, -3, -2, -1, -0.5, 0, 0.5, 1, 2, 3, 4] {
      let expected = 0.5 * erfc(-x / 2.0.squareRoot())
      let found = sample.reduce(0) { $0 + ($1 < x ? 1 : 0) } / n
      #expect(abs(found - expected) < 5 * (expected * (1 - expected) / n).squareRoot(), "below \(x): \(found)")
    }
    // The smallest uniform number is 2⁻²⁴.
    #expect(sample.allSatisfy { abs($0) <= (48 * M_LN2).squareRoot() })
  }

  private func shuffled(_ count: Int, step: UInt64) -> [UInt32] {
    var values = (0..<UInt32(count)).map { $0 }
    values.withUnsafeMutableBufferPointer {
      RandomStream(seed: 3, purpose: .shuffle).shuffle($0, step: step, row: 2)
    }
    return values
  }

  @Test("A shuffle is a permutation, and the same one again", arguments: awkwardSizes)
  func permutation(count: Int) {
    #expect(shuffled(count, step: 1).sorted() == Array(0..<UInt32(count)))
    #expect(shuffled(count, step: 1) == shuffled(count, step: 1))
    if count > 8 { #expect(shuffled(count, step: 1) != shuffled(count, step: 2)) }
  }

  @Test("All orders of three are equally frequent")
  func shuffleIsUniform() {
    var counts: [[UInt32]: Int] = [:]
    for step in 0..<6000 as Range<UInt64> { counts[shuffled(3, step: step), default: 0] += 1 }
    // Five standard deviations of a count, √(6000 · 1/6 · 5/6).
    #expect(counts.count == 6)
    #expect(counts.values.allSatisfy { abs($0 - 1000) < 145 }, "\(counts)")
  }

  @Test("Uniform draws on an interval are those at their indices", arguments: [1, 7, 32, 101])
  func intervals(count: Int) {
    let stream = RandomStream(seed: 5, purpose: .initialization)
    var values = [Float](repeating: .nan, count: count)
    values.withUnsafeMutableBufferPointer { stream.fillUniforms($0, bound: 0.3, step: 0, row: 9) }
    for index in 0..<count {
      #expect(values[index] == 0.3 * (2 * stream.uniform(step: 0, row: 9, index: UInt32(index)) - 1), "index \(index)")
    }
  }

  @Test(
    "A Bernoulli draw is 1 where the uniform number at its index is below the probability", arguments: [1, 7, 32, 101])
  func bernoulli(count: Int) {
    let stream = RandomStream(seed: 5, purpose: .binarization, part: 3)
    let probabilities = (0..<count).map { Float($0 % 11) / 10 }
    var values = probabilities
    values.withUnsafeMutableBufferPointer { stream.drawBernoulli($0, step: 1 << 33, row: 9) }
    for (index, probability) in probabilities.enumerated() {
      let expected: Float = stream.uniform(step: 1 << 33, row: 9, index: UInt32(index)) < probability ? 1 : 0
      #expect(values[index] == expected, "index \(index)")
    }
  }
}
