/// What a session records besides metrics and checkpoints.
package struct RecordingSettings {
  /// Steps between two recorded losses; nil to record none.
  package var logEverySteps: Int?
  package var sampler: Sampler?

  package init(logEverySteps: Int? = nil, sampler: Sampler? = nil) {
    (self.logEverySteps, self.sampler) = (logEverySteps, sampler)
  }
}
