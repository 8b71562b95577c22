/// Something about data, run directory or checkpoints keeps a run from starting or going on.
package struct TrainingError: Error, CustomStringConvertible {
  package let description: String
  package init(_ description: String) { self.description = description }
}
