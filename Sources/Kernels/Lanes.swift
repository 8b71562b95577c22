/// Eight floats at a time, one AVX2 register. All vectorised kernels go through this file's loads and stores.
typealias Lanes = SIMD8<Float>

let laneCount = 8

extension UnsafePointer<Float> {
  /// Eight floats from here on; no alignment is required.
  @inline(__always)
  var lanes: Lanes { UnsafeRawPointer(self).loadUnaligned(as: Lanes.self) }

  /// The first `count` < 8 floats, the rest `filler`. Rare, and kept out of the loops it would swell.
  @inline(never)
  func partialLanes(_ count: Int, filler: Float = 0) -> Lanes {
    var lanes = Lanes(repeating: filler)
    for i in 0..<count { lanes[i] = self[i] }
    return lanes
  }
}

extension UnsafeMutablePointer<Float> {
  @inline(__always)
  var lanes: Lanes {
    get { UnsafeRawPointer(self).loadUnaligned(as: Lanes.self) }
    nonmutating set { UnsafeMutableRawPointer(self).storeBytes(of: newValue, as: Lanes.self) }
  }

  @inline(__always)
  func partialLanes(_ count: Int, filler: Float = 0) -> Lanes {
    UnsafePointer(self).partialLanes(count, filler: filler)
  }

  @inline(never)
  func store(_ lanes: Lanes, first count: Int) {
    for i in 0..<count { self[i] = lanes[i] }
  }
}

/// Runs `body` over `count` elements: whole groups of eight, then what is left.
@inline(__always)
func forEachLaneGroup(_ count: Int, whole: (Int) -> Void, rest: (_ start: Int, _ count: Int) -> Void) {
  var i = 0
  while i &+ laneCount <= count {
    whole(i)
    i &+= laneCount
  }
  if i < count { rest(i, count &- i) }
}

/// The same in one piece, for short runs: `body` takes up to eight elements.
@inline(__always)
func forEachLaneGroup(_ count: Int, _ body: (_ start: Int, _ width: Int) -> Void) {
  var i = 0
  while i < count {
    body(i, min(laneCount, count &- i))
    i &+= laneCount
  }
}

/// `y[i] = f(x[i])` for `count` elements.
@inline(__always)
func mapLanes(_ x: UnsafePointer<Float>, into y: UnsafeMutablePointer<Float>, count: Int, _ f: (Lanes) -> Lanes) {
  // In one piece: a function that appears twice in a loop is not compiled into it.
  forEachLaneGroup(count) { i, width in (y + i).store(f((x + i).lanes(width: width)), width: width) }
}
