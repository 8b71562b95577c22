/// Identifies a checkpoint by the epoch, and within an epoch the step, after which it was saved. Later checkpoints
/// compare greater, and so do their file names.
package struct CheckpointID: Hashable, Comparable, Sendable {
  /// Counted from 1.
  package let epoch: Int
  /// Optimiser steps since training began, if it was saved before the epoch was complete.
  package let step: UInt64?

  package static func end(ofEpoch epoch: Int) -> CheckpointID { CheckpointID(epoch: epoch, step: nil) }

  package static func step(_ step: UInt64, inEpoch epoch: Int) -> CheckpointID {
    CheckpointID(epoch: epoch, step: step)
  }

  package var isEndOfEpoch: Bool { step == nil }

  package static func < (a: CheckpointID, b: CheckpointID) -> Bool {
    (a.epoch, a.step ?? .max) < (b.epoch, b.step ?? .max)
  }
}

// Its file's name: epoch-00012.safetensors, and before that epoch-00012-step-000001234.safetensors.
extension CheckpointID {
  private static let suffix = ".safetensors"

  package var fileName: String {
    "epoch-\(epoch.digits(5))" + (step.map { "-step-\($0.digits(9))" } ?? "") + Self.suffix
  }

  /// - Returns: nil when it is not the name of a checkpoint.
  package init?(fileName name: String) {
    guard name.hasSuffix(Self.suffix) else { return nil }
    let parts = name.dropLast(Self.suffix.count).split(separator: "-", omittingEmptySubsequences: false)
    guard parts.count == 2 || parts.count == 4 && parts[2] == "step", parts[0] == "epoch", let epoch = Int(parts[1])
    else { return nil }
    let step = parts.count == 4 ? UInt64(parts[3]) : nil
    self.init(epoch: epoch, step: step)
    // Anything else that reads alike, such as epoch-1.safetensors, is not ours.
    guard fileName == name else { return nil }
  }
}
