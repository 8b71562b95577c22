package import Kernels

// With the running statistics nothing is exchanged: a network is evaluated by itself.

extension NetworkPass {
  /// Rows that the last layer computes at a time: their outputs stay in the second-level cache.
  private static let chunkRows = 96

  /// From `input` to the output.
  package func evaluate() {
    for d in blocks.indices { blocks[d].evaluate(input(of: d)) }
  }

  /// From `input` to the output, of which some rows are there at a time. All rows of a large output would not fit into
  /// a cache, from which whoever reads them wants to have them.
  /// - Parameter read: called with rows and their outputs, `[rows, outputShape.count]`, which the next call overwrites.
  package func evaluate(reading read: (_ rows: Range<Int>, _ output: Matrix) -> Void) {
    let last = blocks.count - 1
    for d in 0..<last { blocks[d].evaluate(input(of: d)) }
    let x = input(of: last)
    for start in stride(from: 0, to: x.rows, by: Self.chunkRows) {
      let rows = start..<min(start + Self.chunkRows, x.rows)
      read(rows, blocks[last].evaluate(x.rows(rows)))
    }
  }
}
