package import Configuration
internal import Models

extension RunConfiguration {
  /// Reads the configuration that a file of a run holds.
  /// - Throws: `RunError` naming the file: whoever sees it has typed no configuration.
  init(stored text: String, in path: String) throws(RunError) {
    do { try self.init(yaml: text) } catch { throw RunError("\(path): \(error)") }
  }
}

extension RunDirectory {
  /// The configuration of the run.
  /// - Throws: `RunError` when there is none, or it is damaged.
  package func storedConfiguration() throws(RunError) -> RunConfiguration {
    try RunConfiguration(stored: try readConfiguration(), in: configurationPath)
  }
}
