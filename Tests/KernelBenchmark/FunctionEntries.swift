import KernelTwins
import Kernels

/// Elementary functions, and what fills and turns rows of a batch.
var functionEntries: [Entry] {
  [
    function("exp", -20...20, ElementaryFunctions.exp(_:into:count:), Twin.Elementary.exp),
    function("log1p", 0...1, ElementaryFunctions.log1p(unit:into:count:), Twin.Elementary.log1p),
    function("log", 0.001...1000, ElementaryFunctions.log(_:into:count:), Twin.Elementary.log),
    function("sigmoid", -20...20, ElementaryFunctions.sigmoid(_:into:count:), Twin.Elementary.sigmoid),
    function("softplus", -20...20, ElementaryFunctions.softplus(_:into:count:), Twin.Elementary.softplus),
    sinesAndCosines(4096),
  ] + rows(784)
}

private typealias ArrayFunction = (UnsafePointer<Float>, UnsafeMutablePointer<Float>, Int) -> Void

private func function(
  _ name: String, _ range: ClosedRange<Double>, _ kernel: @escaping ArrayFunction, _ twin: @escaping ArrayFunction
) -> Entry {
  let count = 4096
  return Entry(name, "\(count)") {
    let (x, y) = (matrix(1, count, range), matrix(1, count))
    return Trial(
      work: .elements(count), changed: [y], kernel: { kernel(x.base, y.base, count) },
      twin: { twin(x.base, y.base, count) })
  }
}

private func sinesAndCosines(_ count: Int) -> Entry {
  Entry("sine and cosine", "\(count)") {
    let (turns, sines, cosines) = (matrix(1, count, 0...1), matrix(1, count), matrix(1, count))
    return Trial(
      work: .elements(count), changed: [sines, cosines],
      kernel: {
        ElementaryFunctions.sinCos(turns: turns.base, sines: sines.base, cosines: cosines.base, count: count)
      },
      twin: { Twin.Elementary.sinCos(turns: turns.base, sines: sines.base, cosines: cosines.base, count: count) })
  }
}

private func rows(_ count: Int) -> [Entry] {
  func buffer(_ row: Matrix) -> UnsafeMutableBufferPointer<Float> {
    UnsafeMutableBufferPointer(start: row.base, count: row.count)
  }
  return [
    Entry("random: normal", "\(count)") {
      let (stream, row) = (RandomStream(seed: 1, purpose: .noise), matrix(1, count))
      return Trial(
        work: .elements(count), changed: [row], kernel: { stream.fillNormals(buffer(row), step: 3, row: 5) },
        twin: { Twin.fillNormals(stream, buffer(row), step: 3, row: 5) })
    },
    Entry("random: Bernoulli", "\(count)") {
      let (stream, row) = (RandomStream(seed: 1, purpose: .binarization), matrix(1, count, 0...1))
      return Trial(
        work: .elements(count), changed: [row], kernel: { stream.drawBernoulli(buffer(row), step: 3, row: 5) },
        twin: { Twin.drawBernoulli(stream, buffer(row), step: 3, row: 5) })
    },
    Entry("bytes to floats", "\(count)") {
      let (bytes, row) = (matrix(1, (count + 3) / 4), matrix(1, count))
      let source = UnsafeRawPointer(bytes.base).assumingMemoryBound(to: UInt8.self)
      return Trial(
        work: .elements(count), changed: [row],
        kernel: { withExtendedLifetime(bytes) { convert(source, scale: 1.0 / 255, into: row.base, count: count) } },
        twin: {
          withExtendedLifetime(bytes) { Twin.convert(source, scale: 1.0 / 255, into: row.base, count: count) }
        })
    },
  ]
}
