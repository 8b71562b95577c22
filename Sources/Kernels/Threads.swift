internal import COpenBLAS

/// How many threads OpenBLAS uses in this process. It does not know of the other ranks of a node, so the number is
/// always set.
package enum Threads {
  package static var count: Int { Int(openblas_get_num_threads()) }

  package static func use(_ count: Int) {
    precondition(count >= 1)
    openblas_set_num_threads(Int32(count))
  }

  /// The kernels OpenBLAS chose for this processor, and its version.
  package static var library: String {
    String(cString: openblas_get_config())
  }

  /// The kernels alone.
  package static var kernels: String { String(cString: openblas_get_corename()) }
}
