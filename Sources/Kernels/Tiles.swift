/// Walks a matrix in tiles of eight columns by up to `tileRows` rows, small enough to stay in the first-level cache
/// while a kernel passes over them more than once.
private let tileRows = 64

@inline(__always)
func forEachTile(
  rows: Int, columns: Int, _ body: (_ rows: Range<Int>, _ column: Int, _ width: Int) -> Void
) {
  var start = 0
  while start < rows {
    let end = min(start &+ tileRows, rows)
    var column = 0
    while column < columns {
      body(start..<end, column, min(laneCount, columns &- column))
      column &+= laneCount
    }
    start = end
  }
}

extension UnsafePointer<Float> {
  /// Up to eight floats; `width` is 8 almost always.
  @inline(__always)
  func lanes(width: Int) -> Lanes { width == laneCount ? lanes : partialLanes(width) }
}

extension UnsafeMutablePointer<Float> {
  @inline(__always)
  func lanes(width: Int) -> Lanes { UnsafePointer(self).lanes(width: width) }

  @inline(__always)
  func store(_ value: Lanes, width: Int) {
    if width == laneCount { lanes = value } else { store(value, first: width) }
  }
}

extension UnsafeMutablePointer<Double> {
  @inline(__always)
  func add(_ value: Lanes, width: Int) {
    for i in 0..<width { self[i] += Double(value[i]) }
  }
}
