import Foundation
import Kernels

/// What one run of a kernel costs by nature, and the unit its speed is told in.
enum Work {
  /// Multiplications and additions.
  case operations(Int)
  /// Numbers that a function is taken of.
  case elements(Int)
  /// Bytes read and written, where memory decides.
  case bytes(Int)

  func rate(seconds: Double) -> String {
    switch self {
    case .operations(let count): String(format: "%.1f GFLOP/s", Double(count) / seconds * 1e-9)
    case .elements(let count): String(format: "%.2f ns each", seconds * 1e9 / Double(count))
    case .bytes(let count): String(format: "%.1f GB/s", Double(count) / seconds * 1e-9)
    }
  }
}

/// A kernel beside its twin, on one shape.
struct Trial {
  let work: Work
  /// What either of them changes: put back before every run, compared afterwards.
  let changed: [Matrix]
  var changedDoubles: [UnsafeMutableBufferPointer<Double>] = []
  let kernel: () -> Void
  let twin: () -> Void
}

/// A trial that has not been given memory yet.
struct Entry {
  let kernel: String
  let shape: String
  let prepare: () -> Trial

  init(_ kernel: String, _ shape: String, _ prepare: @escaping () -> Trial) {
    (self.kernel, self.shape, self.prepare) = (kernel, shape, prepare)
  }
}
