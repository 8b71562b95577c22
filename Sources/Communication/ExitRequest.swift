/// Ends the job in good order with an exit status other than 0: `World.run` finalises MPI and exits with it.
///
/// Thrown by all ranks together; where one throws it alone, the others would wait for it.
package struct ExitRequest: Error {
  /// From 1 to 255.
  package let status: Int32

  package init(status: Int32) { self.status = status }
}
