package import Communication
package import Configuration
internal import DataLoading
internal import Kernels
internal import Layers
internal import Models
package import Profiling

/// What a benchmark of importance sampling measured.
package struct SamplingReport: Sendable {
  /// Draws of a row.
  package let samples: Int
  /// Rows of all ranks, and so many times `samples` decodes.
  package let rowCount: Int
  /// Of the slowest rank.
  package let seconds: Double
  /// All products (encoder, generator, decoder), beside the processors' peak.
  package let share: PeakShare

  /// Of all ranks together.
  package var decodesPerSecond: Double { Double(rowCount * samples) / seconds }
  package var peakFraction: Double { share.fraction(seconds: seconds) }
}

/// Times importance sampling of log p(x1), proposed from x1 itself, on random rows: the first row of the tables.
package struct SamplingBenchmark {
  private let configuration: RunConfiguration
  private let collectives: any Collectives

  /// Rows of each rank.
  private static let rowCount = 4

  package init(_ configuration: RunConfiguration, collectives: any Collectives) {
    (self.configuration, self.collectives) = (configuration, collectives)
  }

  /// - Parameter samples: K.
  /// - Throws: `ConfigurationError` when the model is too large; what the exchange throws.
  package func run(samples: Int) throws -> SamplingReport {
    let seed = configuration.training.seed
    let model = try makeModel(configuration.model)
    model.memory.initialize(seed: seed)
    if configuration.training.precision == .bf16 { try model.useBF16() }
    let rows = collectives.rank * Self.rowCount..<(collectives.rank + 1) * Self.rowCount
    let blocks = RowBlocks(Shard(randomRows: rows, for: configuration.model, seed: seed), of: model)
    let sampler = ImportanceSampler(model, given: [0], targetSets: [[0]], samples: samples, seed: seed)
    func estimate() { blocks.forEachBlock { sampler.estimate($1, firstRow: $0) { _, _ in } } }
    estimate()
    var (seconds, share) = try PeakShare.measure(collectives) {
      try collectives.barrier()
      return [ContinuousClock().measure { estimate() }.seconds]
    }
    try seconds.withUnsafeMutableBufferPointer { try collectives.maximum($0) }
    return SamplingReport(
      samples: samples, rowCount: Self.rowCount * collectives.worldSize, seconds: seconds[0], share: share)
  }
}
