import MPIShim

/// Which MPI this is.
package struct MPIVersions {
  /// The library as it names itself, its first words: `Open MPI v4.1.4`.
  package let running: String
  /// Of the headers this was built with, such as `4.1.4`.
  package let builtWith: String
  /// What it promises about threads, such as `FUNNELED`; nil if MPI was not started.
  package let threadLevel: String?

  package init() throws(MPIError) {
    var code: Int32 = 0
    var builtWith = ""
    let running = textFromShim { running in
      builtWith = textFromShim { code = mpishim_versions(running, $0) }
    }
    try check("MPI_Get_library_version", code)
    self.running = running.split(whereSeparator: { $0 == "," || $0.isNewline }).first.map(String.init) ?? ""
    self.builtWith = builtWith
    threadLevel = mpishim_thread_level().map { String(cString: $0) }
  }
}
