internal import Kernels
internal import Layers

/// Checks this rank's gradients for numbers that are not finite, or too large, as soon as they are ready: then they are
/// still in the cache. At the end of the pass also the running statistics, which are few: a variance that overflows
/// leaves loss and gradients finite.
struct GradientCheck {
  private let memory: ModelMemory
  private var count = 0
  /// The first tensor with such a gradient, or such statistics; nil if there is none.
  private(set) var nonFiniteTensor: NonFiniteTensor?

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
      }.map { .gradient($0.name) }
  }

  /// Checks all gradients at the end of the pass, if some range was never marked as ready, and the running statistics.
  mutating func checkRest() {
    let total = memory.parameters.count
    if count < total { check(0..<total) }
    if nonFiniteTensor == nil { nonFiniteTensor = memory.nonFiniteStatistic.map { .statistic($0) } }
  }
}

/// What is not finite, by the tensor's name.
enum NonFiniteTensor: Codable {
  case gradient(String)
  case statistic(String)
}

extension ModelMemory {
  /// The first running statistic that is not finite. Its size says nothing: it is that of the data, or its square.
  var nonFiniteStatistic: String? {
    guard !runningStatistics.buffer.allSatisfy(\.isFinite) else { return nil }
    return statistics.descriptors.first { descriptor in
      let slice = descriptor.slice
      return !runningStatistics.buffer[slice.offset..<slice.offset + slice.count].allSatisfy(\.isFinite)
    }?.name
  }
}
