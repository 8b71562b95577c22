internal import Kernels
internal import Layers
package import Models

/// Four rows of classes 0, 1, 2, 0, and pictures and noise of their own.
package func smallBatch(_ model: any Model) -> Batch {
  let stream = RandomStream(seed: 3, purpose: .noise)
  func matrix(_ width: Int, part: UInt64) -> Matrix {
    let matrix = FloatArena(count: 4 * width).matrix(rows: 4, columns: width)
    for row in 0..<4 { stream.fillNormals(matrix, row: row, at: (step: part, row: UInt32(row))) }
    return matrix
  }
  let label = FloatArena(count: 12).matrix(rows: 4, columns: 3)
  for row in 0..<4 { label[row, row % 3] = 1 }
  return Batch(
    rows: BatchRows(local: 4, global: 4), inputs: [matrix(12, part: 1), label], keepMask: nil,
    noise: model.objectiveNoise.enumerated().map { matrix($1.width, part: 2 + UInt64($0)) })
}
