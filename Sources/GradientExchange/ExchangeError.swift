/// The ranks cannot exchange gradients as configured.
package struct ExchangeError: Error, CustomStringConvertible {
  package let description: String

  package init(_ description: String) { self.description = description }
}
