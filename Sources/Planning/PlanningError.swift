/// A plan is impossible.
package struct PlanningError: Error, CustomStringConvertible {
  package let description: String

  package init(_ description: String) { self.description = description }
}
