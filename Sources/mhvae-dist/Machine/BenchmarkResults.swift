import Configuration
import Evaluation
import GradientExchange
import Kernels
import Profiling
import Training

/// What a benchmark measured, and on what.
struct BenchmarkSubject: Encodable {
  let configuration: String
  let family: String
  /// What products read, and for bf16 by which instructions.
  let precision: String
  let worldSize: Int
  /// OpenBLAS threads of a rank.
  let threads: Int
  /// OpenBLAS, as it describes itself.
  let library: String

  init(_ configuration: RunConfiguration, worldSize: Int) {
    (self.configuration, family) = (configuration.name, configuration.model.family.name.rawValue)
    let rounded = configuration.training.precision
    precision = rounded.rawValue + (rounded == .bf16 ? " by \(BF16.engineName ?? "nothing")" : "")
    (self.worldSize, threads, library) = (worldSize, Threads.count, Threads.library)
  }

  fileprivate var title: String { "\(configuration), \(family), \(precision)" }
  fileprivate var ranks: String { "\(worldSize) ranks, \(threads) threads each" }
}

/// Matrix products beside what the processors can do.
struct ProductSpeed: Encodable {
  /// Of all ranks, in floating-point operations a second.
  let peak: Double
  /// What part of that the timed products reached.
  let fractionOfPeak: Double

  fileprivate var text: String {
    "products \((fractionOfPeak * peak / 1e9).formatted(digits: 1)) GFLOP/s, \(fractionOfPeak.formatted(digits: 3)) of "
      + "the sgemm peak of \((peak / 1e9).formatted(digits: 1))"
  }
}

/// The speed of training.
struct TrainingSpeed: Encodable {
  let subject: BenchmarkSubject
  let parameters: Int
  let batchSize: Int
  let steps: Int
  let medianStepSeconds: Double
  let meanStepSeconds: Double
  /// Over all ranks, of the median and of the mean step.
  let imagesPerSecond: Double
  let meanImagesPerSecond: Double
  let loss: Double
  let products: ProductSpeed
  /// Gradients that ranks send to other hosts in a step, all together.
  let gradientMessages: Int
  let gradientBytes: Int
  /// Of a mean step.
  let phases: [PhaseSpeed]

  struct PhaseSpeed: Encodable {
    let name: String
    let seconds: Double
  }

  init(_ report: BenchmarkReport, _ subject: BenchmarkSubject) {
    (self.subject, parameters, batchSize) = (subject, report.parameterCount, report.batchSize)
    (steps, loss) = (report.stepSeconds.count, report.loss)
    (medianStepSeconds, meanStepSeconds) = (report.medianStepSeconds, report.meanStepSeconds)
    (imagesPerSecond, meanImagesPerSecond) = (report.imagesPerSecond, report.meanImagesPerSecond)
    products = ProductSpeed(peak: report.share.peak, fractionOfPeak: report.peakFraction)
    (gradientMessages, gradientBytes) = (report.traffic.messages, report.traffic.bytes)
    phases = report.phases.map { PhaseSpeed(name: $0.phase.name, seconds: $0.seconds) }
  }

  var text: String {
    let lines = [
      "\(subject.title): \(parameters) parameters, global batch \(batchSize), \(subject.ranks), \(steps) steps",
      subject.library,
      "step: median \(milliseconds(medianStepSeconds)) ms, mean \(milliseconds(meanStepSeconds)) ms; "
        + "images/s over all ranks: median \(imagesPerSecond.formatted(digits: 0)), "
        + "mean \(meanImagesPerSecond.formatted(digits: 0)); loss \(loss.formatted(digits: 3))",
      products.text,
    ]
    let trafficLines =
      gradientMessages == 0
      ? [] : ["gradients between hosts: \(gradientMessages) messages a step, \(megabytes(gradientBytes)) MB"]
    let phaseLines = phases.map { phase in
      let share = (100 * phase.seconds / meanStepSeconds).formatted(digits: 1)
      return "  \(phase.name): \(milliseconds(phase.seconds)) ms, \(share) %"
    }
    return (lines + trafficLines + phaseLines).joined(separator: "\n")
  }

  private func megabytes(_ bytes: Int) -> String { (Double(bytes) * 1e-6).formatted(digits: 2) }
  private func milliseconds(_ seconds: Double) -> String { (seconds * 1000).formatted(digits: 3) }
}

/// The speed of importance sampling.
struct SamplingSpeed: Encodable {
  let subject: BenchmarkSubject
  let modality: String
  let rows: Int
  /// Draws of a row.
  let samples: Int
  /// Over all ranks.
  let decodesPerSecond: Double
  let products: ProductSpeed

  init(_ report: SamplingReport, _ subject: BenchmarkSubject, modality: String) {
    (self.subject, self.modality) = (subject, modality)
    (rows, samples, decodesPerSecond) = (report.rowCount, report.samples, report.decodesPerSecond)
    products = ProductSpeed(peak: report.share.peak, fractionOfPeak: report.peakFraction)
  }

  var text: String {
    """
    \(subject.title): importance sampling of \(modality), \(rows) rows of \(samples) draws, \(subject.ranks)
    \(subject.library)
    \(decodesPerSecond.formatted(digits: 0)) decodes/s over all ranks; \(products.text)
    """
  }
}
