/// A source file or a request that cannot be packed: what was expected, what was found.
package struct PackingError: Error, Equatable, Sendable, CustomStringConvertible {
  package let description: String

  package init(_ description: String) { self.description = description }

  init(file: String, _ problem: String) { self.init("\(file): \(problem)") }

  /// - Parameter line: counted from 1.
  init(file: String, line: Int, _ problem: String) { self.init(file: file, "line \(line): \(problem)") }
}
