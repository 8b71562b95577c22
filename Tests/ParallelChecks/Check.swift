import Communication

/// A check that did not hold on this rank.
struct CheckFailure: Error, CustomStringConvertible {
  let description: String
}

/// Throws unless `condition` holds; the job then ends with the message and this rank's number.
func expect(_ condition: Bool, _ message: @autoclosure () -> String) throws {
  if !condition { throw CheckFailure(description: message()) }
}

/// Throws unless the arrays are equal in count and elements.
func expectEqual<Element: Equatable>(_ found: [Element], _ expected: [Element], _ what: String) throws {
  try expect(found.count == expected.count, "\(what): \(found.count) elements, expected \(expected.count)")
  if let index = found.indices.first(where: { found[$0] != expected[$0] }) {
    throw CheckFailure(description: "\(what)[\(index)] is \(found[index]), expected \(expected[index])")
  }
}
