/// log x! of whole numbers: a table for small ones, Stirling's series for the others.
struct LogFactorial {
  private static let size = 1024
  /// 20! is the last that a double holds exactly; 0! and 1! leave exactly nothing, as rates near 0 need.
  private static let table: [Double] = (0..<size).map { x in
    x <= 20 ? DoubleFunctions.log((0..<x).reduce(1.0) { $0 * Double($1 + 1) }) : series(Double(x))
  }

  /// Kept by the caller over its loop: looking up a global costs as much as the entry.
  private let table = Self.table

  /// Σ log x! of `count` values. Not in lanes: taking them apart takes longer than everything else.
  func sum(_ x: UnsafePointer<Float>, count: Int) -> Double {
    var (sum, hasOthers) = (0.0, false)
    for i in 0..<count {
      let isSmall = Self.isSmall(x[i])
      // The first entry is 0.
      sum += table[isSmall ? Int(x[i]) : 0]
      hasOthers = hasOthers || !isSmall
    }
    // A loop of its own: a call in the one above would keep its sum in memory.
    if hasOthers { for i in 0..<count where !Self.isSmall(x[i]) { sum += Self.series(Double(x[i])) } }
    return sum
  }

  /// Written so that what is no count is no index either.
  @inline(__always)
  private static func isSmall(_ x: Float) -> Bool { x >= 0 && x < Float(size) }

  /// log Γ(x + 1), relative error below 1e-14.
  private static func series(_ x: Double) -> Double {
    let z = x + 1 + StirlingSeries.shift
    let sum = (z - 0.5) * DoubleFunctions.log(z) - z + 0.918_938_533_204_672_74
    let series = StirlingSeries(DoubleLanes(repeating: z))
    return sum + series.remainder[0]
      - DoubleFunctions.log(StirlingSeries.product(DoubleLanes(repeating: x + 1)).value[0])
  }
}

/// log Γ(z) = (z - ½) log z - z + ½ log 2π + remainder, and its derivative log z + slope, for z of at least `shift`.
struct StirlingSeries {
  let remainder: DoubleLanes
  let slope: DoubleLanes

  /// From 6 on, five terms of the series leave less than 1e-11. Smaller y are shifted: Γ(y) = Γ(y + 6) / product(y).
  static let shift = 6.0

  @inline(__always)
  init(_ z: DoubleLanes) {
    let inverse = 1 / z
    let q = inverse * inverse
    var p = 1.0 / 1680 - q * (1.0 / 1188)
    p = 1.0 / 1260 - q * p
    p = 1.0 / 360 - q * p
    remainder = inverse * (1.0 / 12 - q * p)
    p = 1.0 / 240 - q * (1.0 / 132)
    p = 1.0 / 252 - q * p
    p = 1.0 / 120 - q * p
    slope = inverse * -0.5 - q * (1.0 / 12 - q * p)
  }

  /// y (y + 1) … (y + 5), and the derivative of its logarithm.
  @inline(__always)
  static func product(_ y: DoubleLanes) -> (value: DoubleLanes, slope: DoubleLanes) {
    var (value, derivative) = (y, DoubleLanes(repeating: 1))
    for k in 1..<Int(shift) {
      let factor = y + Double(k)
      derivative = derivative * factor + value
      value *= factor
    }
    return (value, derivative / value)
  }
}
