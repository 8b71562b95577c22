/// What random numbers are for. Draws with different purposes never meet, whatever their other coordinates are.
package enum RandomPurpose: UInt8, CaseIterable, Sendable {
  case initialization = 1
  case shuffle
  case dropout
  case noise
  case validationNoise
  case importanceSampling
  case generation
  case binarization
  case fixedBinarization
  case mixture
  case prediction
}

/// A family of random numbers: one seed, one purpose, one part (a latent, a parameter).
///
/// A draw lies at (`step`, `row`, index): nothing says which rank asks. The counter of the generator is
/// (index / 4, row, low word of step, purpose and part and high byte of step).
package struct RandomStream {
  private let philox: Philox
  private let purpose: RandomPurpose
  private let part: UInt16

  /// - Parameter part: tells apart streams of the same purpose, such as the latents of a model.
  package init(seed: UInt64, purpose: RandomPurpose, part: UInt16 = 0) {
    philox = Philox(seed: seed)
    self.purpose = purpose
    self.part = part
  }

  private func tag(_ step: UInt64) -> UInt32 {
    precondition(step >> 40 == 0, "step \(step) is out of the generator's range")
    return UInt32(purpose.rawValue) << 24 | UInt32(part) << 8 | UInt32(truncatingIfNeeded: step >> 32)
  }

  /// The `index`-th word at (`step`, `row`).
  package func word(step: UInt64, row: UInt32, index: UInt32) -> UInt32 {
    philox.block(SIMD4(index / 4, row, UInt32(truncatingIfNeeded: step), tag(step)))[Int(index % 4)]
  }

  /// Uniform on [0, 1) with 24 random bits.
  package func uniform(step: UInt64, row: UInt32, index: UInt32) -> Float {
    Float(word(step: step, row: row, index: index) >> 8) * 0x1p-24
  }

  /// Fills `values` with independent standard normal draws (Box and Muller), index 0, 1, 2, ...
  package func fillNormals(_ values: UnsafeMutableBufferPointer<Float>, step: UInt64, row: UInt32) {
    guard let base = values.baseAddress else { return }
    let (stepWord, tag) = (UInt32(truncatingIfNeeded: step), tag(step))
    var start = 0
    while start < values.count {
      let words = philox.blocks(first: UInt32(start / 4), row, stepWord, tag)
      let (n0, n1) = Self.normals(words.0, words.1)
      let (n2, n3) = Self.normals(words.2, words.3)
      for block in 0..<min(laneCount, (values.count - start + 3) / 4) {
        let four = SIMD4(n0[block], n1[block], n2[block], n3[block])
        let offset = start + 4 * block
        for i in 0..<min(4, values.count - offset) { base[offset + i] = four[i] }
      }
      start += 4 * laneCount
    }
  }

  /// Fills row r of a matrix with the normal draws at (`firstStep` + r, `row`), as many rows at a time as lanes: where
  /// rows are short, filling one after another would make many numbers for nothing.
  package func fillNormals(_ matrix: Matrix, firstStep: UInt64, row: UInt32) {
    for start in stride(from: 0, to: matrix.rows, by: laneCount) {
      let step = firstStep + UInt64(start)
      // The high byte of the steps is one and the same but where their low word turns over.
      guard step >> 32 == (step + UInt64(laneCount)) >> 32 else {
        for r in start..<min(start + laneCount, matrix.rows) {
          fillNormals(matrix, row: r, at: (step: firstStep + UInt64(r), row: row))
        }
        continue
      }
      let lanes = (row: Philox.Words(repeating: row), tag: Philox.Words(repeating: tag(step)))
      let steps = Philox.consecutive(UInt32(truncatingIfNeeded: step))
      for block in 0..<(matrix.columns + 3) / 4 {
        let words = philox.blocks(Philox.Words(repeating: UInt32(block)), lanes.row, steps, lanes.tag)
        let (n0, n1) = Self.normals(words.0, words.1)
        let (n2, n3) = Self.normals(words.2, words.3)
        let count = min(4, matrix.columns - 4 * block)
        for lane in 0..<min(laneCount, matrix.rows - start) {
          let four = SIMD4(n0[lane], n1[lane], n2[lane], n3[lane])
          let target = matrix.row(start + lane) + 4 * block
          for i in 0..<count { target[i] = four[i] }
        }
      }
    }
  }

  /// Fills one row of a matrix with the normal draws at (`step`, `row`).
  package func fillNormals(_ matrix: Matrix, row index: Int, at place: (step: UInt64, row: UInt32)) {
    fillNormals(
      UnsafeMutableBufferPointer(start: matrix.row(index), count: matrix.columns), step: place.step, row: place.row)
  }

  /// Fills `values` with uniform draws on [-bound, bound), the `index`-th from `uniform` at that index.
  package func fillUniforms(
    _ values: UnsafeMutableBufferPointer<Float>, bound: Float, step: UInt64, row: UInt32
  ) {
    replaceByUniforms(values, step: step, row: row) { _, uniform in bound * (2 * uniform - 1) }
  }

  /// Replaces each probability by an independent draw, 1 or 0; the `index`-th by `uniform` at that index.
  package func drawBernoulli(_ values: UnsafeMutableBufferPointer<Float>, step: UInt64, row: UInt32) {
    replaceByUniforms(values, step: step, row: row) { probability, uniform in uniform < probability ? 1 : 0 }
  }

  /// Replaces each value by what `body` makes of it and of `uniform` at its index.
  @inline(__always)
  private func replaceByUniforms(
    _ values: UnsafeMutableBufferPointer<Float>, step: UInt64, row: UInt32,
    _ body: (_ value: Float, _ uniform: Float) -> Float
  ) {
    guard let base = values.baseAddress else { return }
    let (stepWord, tag) = (UInt32(truncatingIfNeeded: step), tag(step))
    for start in stride(from: 0, to: values.count, by: 4 * laneCount) {
      let words = philox.blocks(first: UInt32(start / 4), row, stepWord, tag)
      let (u0, u1, u2, u3) = (
        Self.uniforms(words.0), Self.uniforms(words.1), Self.uniforms(words.2), Self.uniforms(words.3)
      )
      for block in 0..<min(laneCount, (values.count - start + 3) / 4) {
        let four = SIMD4(u0[block], u1[block], u2[block], u3[block])
        let offset = start + 4 * block
        for i in 0..<min(4, values.count - offset) { base[offset + i] = body(base[offset + i], four[i]) }
      }
    }
  }

  /// [0, 1).
  @inline(__always)
  private static func uniforms(_ words: Philox.Words) -> Lanes { Lanes(words &>> 8) * 0x1p-24 }

  @inline(__always)
  private static func normals(_ a: Philox.Words, _ b: Philox.Words) -> (Lanes, Lanes) {
    // (0, 1] for the logarithm, [0, 1) for the angle.
    let u = Lanes(a &>> 8 &+ 1) * 0x1p-24
    let t = uniforms(b)
    let radius = (VectorMath.log(u) * -2).squareRoot()
    let (sine, cosine) = VectorMath.sinCos(turns: t)
    return (radius * cosine, radius * sine)
  }

  /// A permutation of `values` in place (Fisher and Yates), the `index`-th word deciding the `index`-th swap.
  package func shuffle(_ values: UnsafeMutableBufferPointer<UInt32>, step: UInt64, row: UInt32) {
    guard values.count > 1 else { return }
    for i in stride(from: values.count - 1, to: 0, by: -1) {
      // Multiply-shift instead of a remainder; its bias is below count / 2^32. Swift shifts before it multiplies.
      let j = Int((UInt64(word(step: step, row: row, index: UInt32(i))) &* UInt64(i + 1)) >> 32)
      values.swapAt(i, j)
    }
  }
}
