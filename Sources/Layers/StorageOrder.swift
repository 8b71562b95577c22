internal import Kernels

/// How the axes of a tensor in files map to those in memory.
///
/// Files keep images as (channel, row, column), memory keeps channels last, so that convolutions copy long runs. The
/// weights on either side of an image are stored to match: a convolution's (out, in, kH, kW) as (out, kH, kW, in), the
/// columns of a linear layer that reads an image, and the rows of one that makes an image.
package struct StorageOrder: Equatable, Sendable {
  /// The shape in files, with image axes apart.
  let dimensions: [Int]
  /// Which file axis each memory axis is, outermost first.
  let axes: [Int]

  var count: Int { dimensions.reduce(1, *) }

  /// The same order in both.
  init(_ dimensions: [Int]) { self.init(dimensions, axes: Array(dimensions.indices)) }

  init(_ dimensions: [Int], axes: [Int]) {
    precondition(axes.sorted() == Array(dimensions.indices), "axes must be a permutation")
    self.dimensions = dimensions
    self.axes = axes
  }

  /// Calls `body` with the memory and the file index of every element.
  private func forEachElement(_ body: (_ memory: Int, _ file: Int) -> Void) {
    var strides = [Int](repeating: 1, count: dimensions.count)
    for axis in dimensions.indices.dropLast().reversed() { strides[axis] = strides[axis + 1] * dimensions[axis + 1] }
    var counter = [Int](repeating: 0, count: axes.count)
    var file = 0
    for memory in 0..<count {
      body(memory, file)
      for place in axes.indices.reversed() {
        let axis = axes[place]
        counter[place] += 1
        file += strides[axis]
        if counter[place] < dimensions[axis] { break }
        file -= counter[place] * strides[axis]
        counter[place] = 0
      }
    }
  }

  /// The elements in file order.
  package func fileOrder(of memory: UnsafePointer<Float>) -> [Float] {
    [Float](unsafeUninitializedCapacity: count) { values, initialized in
      forEachElement { values[$1] = memory[$0] }
      initialized = count
    }
  }

  /// Puts elements in file order where they belong in memory.
  package func load(fileOrder values: [Float], into memory: UnsafeMutablePointer<Float>) {
    precondition(values.count == count, "expected \(count) values, got \(values.count)")
    values.withUnsafeBufferPointer { values in forEachElement { memory[$0] = values[$1] } }
  }
}
