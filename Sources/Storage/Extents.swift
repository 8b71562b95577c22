/// The product of the extents of an array; nil if it is no `Int`: a damaged or hostile header may say anything.
package func product(of extents: [Int]) -> Int? {
  var result = 1
  for extent in extents {
    let (product, overflow) = result.multipliedReportingOverflow(by: extent)
    if overflow { return nil }
    result = product
  }
  return result
}
