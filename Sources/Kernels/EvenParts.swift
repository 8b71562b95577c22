/// How long parts are when `total` is cut into as few as parts of at most `most` allow, but of nearly equal length, so
/// that no thin rest is left.
/// - Precondition: `total` is positive.
@inline(__always)
func evenPart(of total: Int, atMost most: Int) -> Int {
  let parts = (total + most - 1) / most
  return (total + parts - 1) / parts
}
