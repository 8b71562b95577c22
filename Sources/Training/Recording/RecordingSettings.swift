/// What a session writes besides metrics and checkpoints.
package struct RecordingSettings {
  /// How many steps apart losses are kept; nil for none.
  package var logEverySteps: Int?
  package var sampler: Sampler?

  package init(logEverySteps: Int? = nil, sampler: Sampler? = nil) {
    (self.logEverySteps, self.sampler) = (logEverySteps, sampler)
  }
}
