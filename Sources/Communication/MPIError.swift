import MPIShim

/// An MPI call that failed, with MPI's own words for it.
package struct MPIError: Error, Equatable, CustomStringConvertible {
  /// The function of the MPI standard, such as `MPI_Allreduce`.
  package let call: String
  /// What `MPI_Error_string` says.
  package let text: String

  package var description: String { "\(call): \(text)" }
}

/// Throws unless `code` is success.
func check(_ call: StaticString, _ code: Int32) throws(MPIError) {
  if code != 0 { throw MPIError(call: "\(call)", text: errorText(code)) }
}

private func errorText(_ code: Int32) -> String {
  textFromShim { mpishim_error_text(code, $0) }
}

/// A C string that `fill` writes into `MPISHIM_TEXT_CAPACITY` bytes.
func textFromShim(_ fill: (UnsafeMutablePointer<CChar>) -> Void) -> String {
  withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(MPISHIM_TEXT_CAPACITY)) { buffer in
    buffer.initialize(repeating: 0)
    guard let text = buffer.baseAddress else { return "" }
    fill(text)
    return String(cString: text)
  }
}
