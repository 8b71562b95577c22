internal import Kernels
internal import Layers

/// Checks this rank's gradients for numbers that are not finite, or too large, as soon as they are ready: then they are
/// still in the cache.
struct GradientCheck {
  private let memory: ModelMemory
  private var count = 0
  /// The first tensor with such a gradient; nil if there is none.
  private(set) var nonFiniteTensor: String?

  init(_ memory: ModelMemory) { self.memory = memory }

  /// Prepares a new step.
  mutating func begin() {
    count = 0
    nonFiniteTensor = nil
  }

  /// Checks gradients that are ready. No range comes twice in a step.
  mutating func check(_ range: Range<Int>) {
    count += range.count
    guard !areBounded(memory.gradients.base + range.lowerBound, count: range.count), nonFiniteTensor == nil else {
      return
    }
    nonFiniteTensor =
      memory.parameters.descriptors.first {
        range.contains($0.slice.offset) && !areBounded(memory.gradient($0.slice), count: $0.slice.count)
      }?.name
  }

  /// Checks everything at the end of the pass, if some range was never marked as ready.
  mutating func checkRest() {
    let total = memory.parameters.count
    if count < total { check(0..<total) }
  }
}
