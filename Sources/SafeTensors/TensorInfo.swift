/// What the header says of one tensor.
package struct TensorInfo: Equatable, Sendable {
  package let name: String
  package let type: ElementType
  /// Row major, outermost dimension first; empty for a scalar.
  package let shape: [Int]
  /// The tensor's bytes, counted from the begin of the data section.
  package let bytes: Range<Int>

  package var elementCount: Int { shape.reduce(1, *) }
}

/// The bytes a tensor of this type and shape takes, or `nil` if the number does not fit.
func byteCount(of type: ElementType, shape: [Int]) -> Int? {
  var count = type.byteWidth
  for dimension in shape {
    let (product, overflow) = count.multipliedReportingOverflow(by: dimension)
    if overflow { return nil }
    count = product
  }
  return count
}
