/// Training cannot start or continue.
package struct TrainingError: Error, CustomStringConvertible {
  package let description: String

  package init(_ description: String) { self.description = description }
}
