/// A model cannot be evaluated on the given data.
package struct EvaluationError: Error, CustomStringConvertible {
  package let description: String

  package init(_ description: String) { self.description = description }
}
