/// The part of a resized picture that is kept, as torchvision's `Resize(side)` and `CenterCrop(side)` choose it.
package struct ResizeGeometry: Equatable, Sendable {
  /// The size of the whole picture after resizing.
  package let width: Int
  package let height: Int
  /// The columns and rows of it that are kept.
  package let columns: Range<Int>
  package let rows: Range<Int>

  /// The shorter side becomes `side` and the longer `int(side * long / short)`; the crop begins at
  /// `int(round((length - side) / 2))`, where a half goes to the even number.
  package init(width: Int, height: Int, side: Int) {
    let shorter = min(width, height)
    self.width = side * width / shorter
    self.height = side * height / shorter
    columns = Self.centre(side, of: self.width)
    rows = Self.centre(side, of: self.height)
  }

  private static func centre(_ side: Int, of length: Int) -> Range<Int> {
    let first = Int((Double(length - side) / 2).rounded(.toNearestOrEven))
    return first..<(first + side)
  }
}
