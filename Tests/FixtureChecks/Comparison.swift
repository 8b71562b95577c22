internal import Foundation

/// Collects what does not come out as expected.
package struct Comparison {
  package private(set) var failures: [String] = []
  /// Numbers compared so far: a check that compared nothing is worth nothing.
  package private(set) var count = 0

  /// Every element within `tolerance(index)` of what is expected.
  mutating func compare(
    _ name: String, _ found: [Double], _ expected: [Double], tolerance: (_ index: Int) -> Double
  ) {
    guard found.count == expected.count else {
      failures.append("\(name): \(found.count) values, expected \(expected.count)")
      return
    }
    count += found.count
    var worst: (index: Int, excess: Double)?
    for i in found.indices {
      let excess = abs(found[i] - expected[i]) - tolerance(i)
      // Written so that NaN fails.
      if !(excess <= 0), worst == nil || !(excess <= worst!.excess) { worst = (i, excess) }
    }
    if let (i, _) = worst {
      failures.append(
        "\(name)[\(i)]: found \(found[i]), expected \(expected[i]), may differ by \(tolerance(i))")
    }
  }

  mutating func note(_ failure: String) { failures.append(failure) }
}
