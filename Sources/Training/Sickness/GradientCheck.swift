internal import Kernels
internal import Layers

/// Looks at this rank's gradients for numbers that are not finite, or too large, as soon as they are complete: then
/// they are still in the cache.
struct GradientCheck {
  private let memory: ModelMemory
  private var count = 0
  /// The first tensor whose gradient no rank may use; nil if there is none.
  private(set) var sickTensor: String?

  init(_ memory: ModelMemory) { self.memory = memory }

  /// A new step begins.
  mutating func begin() {
    count = 0
    sickTensor = nil
  }

  /// Nothing will be added to these any more. No range comes twice in a step.
  mutating func look(at range: Range<Int>) {
    count += range.count
    guard !areBounded(memory.gradients.base + range.lowerBound, count: range.count), sickTensor == nil else { return }
    sickTensor =
      memory.parameters.descriptors.first {
        range.contains($0.slice.offset) && !areBounded(memory.gradient($0.slice), count: $0.slice.count)
      }?.name
  }

  /// The pass has ended. Looks at all, if there is something that was never announced.
  mutating func lookAtRest() {
    let total = memory.parameters.count
    if count < total { look(at: 0..<total) }
  }
}
