/// Part of a report cannot be made.
package struct ReportingError: Error, CustomStringConvertible {
  package let description: String

  package init(_ description: String) { self.description = description }
}
