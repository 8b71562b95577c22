package import Configuration

/// Where the elements of a tensor in memory lie in files.
///
/// Files keep images as (channel, row, column), memory keeps channels last, so that convolutions copy long runs. The
/// weights on either side of an image are stored to match: a convolution's (out, in, kH, kW) as (out, kH, kW, in), the
/// columns of a linear layer that reads an image, the rows of one that makes an image. A tensor is a matrix for that:
/// its first axis, and all others together.
package struct StorageOrder: Equatable, Sendable {
  /// The row in files of each row in memory.
  private let rows: [Int]
  /// The column in files of each column in memory.
  private let columns: [Int]

  package var count: Int { rows.count * columns.count }

  /// - Parameters: permutations, as `DataShape.memoryOrder` gives them.
  init(rows: [Int], columns: [Int] = [0]) {
    (self.rows, self.columns) = (rows, columns)
  }

  /// The same order in both.
  init(shape: [Int]) {
    self.init(rows: Array(0..<(shape.first ?? 1)), columns: Array(0..<shape.dropFirst().reduce(1, *)))
  }

  /// One element for each value of a row of this shape.
  package init(valuesOf shape: DataShape) { self.init(rows: shape.memoryOrder) }

  /// The elements in file order.
  package func fileOrder(of memory: UnsafePointer<Float>) -> [Float] {
    var values = [Float](repeating: 0, count: count)
    for (r, row) in rows.enumerated() {
      for (c, column) in columns.enumerated() {
        values[row * columns.count + column] = memory[r * columns.count + c]
      }
    }
    return values
  }

  /// Puts elements in file order where they belong in memory.
  package func load(fileOrder values: [Float], into memory: UnsafeMutablePointer<Float>) {
    precondition(values.count == count, "expected \(count) values, got \(values.count)")
    for (r, row) in rows.enumerated() {
      for (c, column) in columns.enumerated() {
        memory[r * columns.count + c] = values[row * columns.count + column]
      }
    }
  }
}

extension DataShape {
  /// For each value of a row in memory, its place in files: images are channels-last in memory.
  package var memoryOrder: [Int] {
    guard case .image(let channels, let height, let width) = self else { return Array(0..<count) }
    return (0..<height * width).flatMap { position in
      (0..<channels).map { channel in channel * height * width + position }
    }
  }
}
