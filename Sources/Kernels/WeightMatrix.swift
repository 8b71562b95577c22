/// A weight as products read it: as floats, or rounded to bf16.
package struct WeightMatrix {
  package let values: Matrix
  /// The rounded copy and room for the other operand; nil in single precision.
  let rounded: RoundedWeight?

  /// In single precision.
  package init(_ values: Matrix) { (self.values, rounded) = (values, nil) }

  /// - Parameters:
  ///   - values: a matrix without gaps between rows.
  ///   - rounded: holds the same numbers, from `offset` on.
  ///   - scratch: room for the products' other operands, as much as they say they need.
  package init(_ values: Matrix, rounded: BF16Arena, offset: Int, scratch: BF16Arena) {
    precondition(values.isContiguous && offset + values.count <= rounded.count)
    self.values = values
    self.rounded = RoundedWeight(rounded, offset: offset, columns: values.columns, scratch: scratch)
  }

  package var rows: Int { values.rows }
  package var columns: Int { values.columns }
}

/// The numbers of a weight in bf16, and room for the other operand of its products.
package struct RoundedWeight {
  let base: UnsafePointer<UInt16>
  let stride: Int
  let scratch: BF16Arena

  /// - Parameter arena: holds the weight's numbers, row by row, from `offset` on.
  package init(_ arena: BF16Arena, offset: Int = 0, columns: Int, scratch: BF16Arena) {
    (base, stride, self.scratch) = (UnsafePointer(arena.base + offset), columns, scratch)
  }
}
