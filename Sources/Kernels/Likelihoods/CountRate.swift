/// How the output o of a decoder becomes the rate r of counts.
package struct CountRate: Sendable {
  package enum Link: Sendable {
    /// r = log(1 + e^o).
    case softplus
    /// r = e^o.
    case exp
  }

  package let link: Link
  /// Whether rates are those of one count of a row: multiplied by the row's total, the sum of what was observed in it.
  package let isPerTotal: Bool

  /// The most that log r counts as with `Link.exp`: 1e13 is far above what is counted, and the squares of its gradients
  /// still fit the optimiser's floats.
  package static let largestLogRate = 30.0

  package init(_ link: Link, isPerTotal: Bool = false) { (self.link, self.isPerTotal) = (link, isPerTotal) }

  /// What a row's rates are multiplied by.
  struct Exposure {
    let factor: Double
    /// 0 where the factor is 0: then all counts are 0, and no logarithm counts.
    let logarithm: Double
  }

  /// r, log r and d log r / do.
  struct Value {
    let rate: DoubleLanes
    let logarithm: DoubleLanes
    let slope: DoubleLanes
  }

  func exposure(of x: UnsafePointer<Float>, count: Int) -> Exposure {
    guard isPerTotal else { return Exposure(factor: 1, logarithm: 0) }
    var lanes = DoubleLanes()
    forEachLaneGroup(count) { i, width in lanes += DoubleLanes((x + i).lanes(width: width)) }
    let total = lanes.sum()
    return Exposure(factor: total, logarithm: total > 0 ? DoubleFunctions.log(total) : 0)
  }

  @inline(__always)
  func value(_ output: DoubleLanes, _ exposure: Exposure) -> Value {
    switch link {
    case .softplus: Self.softplus(output, exposure)
    case .exp: Self.exp(output, exposure)
    }
  }

  @inline(__always)
  private static func softplus(_ o: DoubleLanes, _ exposure: Exposure) -> Value {
    let e = VectorMath.exp(o.replacing(with: -o, where: o .> 0))
    let rate = VectorMath.log1p(e) + o.replacing(with: 0, where: o .< 0)
    let sigmoid = e.replacing(with: 1, where: o .> 0) / (e + 1)
    // Below -36, log(1 + e^o) is e^o to the last bit, and its logarithm o, however far it has underflown.
    let isSmall = o .< -36
    return Value(
      rate: rate * exposure.factor,
      logarithm: VectorMath.log(rate).replacing(with: o, where: isSmall) + exposure.logarithm,
      slope: (sigmoid / rate).replacing(with: 1, where: isSmall))
  }

  @inline(__always)
  private static func exp(_ o: DoubleLanes, _ exposure: Exposure) -> Value {
    let sum = o + exposure.logarithm
    let logarithm = sum.replacing(with: largestLogRate, where: sum .> largestLogRate)
    let rate = VectorMath.exp(logarithm)
    // No total, no rate.
    return Value(
      rate: exposure.factor > 0 ? rate : rate * 0, logarithm: logarithm, slope: DoubleLanes(repeating: 1))
  }

  /// Rates, in place: for one count of a row's total, if they are per total.
  package func means(_ output: Matrix) {
    let one = Exposure(factor: 1, logarithm: 0)
    for r in 0..<output.rows {
      let row = output.row(r)
      forEachLaneGroup(output.columns) { i, width in
        (row + i).store(Lanes(value(DoubleLanes((row + i).lanes(width: width)), one).rate), width: width)
      }
    }
  }
}
