/// A run directory, a checkpoint or a model file cannot be used.
package struct RunError: Error, CustomStringConvertible {
  package let description: String

  package init(_ description: String) { self.description = description }
}
