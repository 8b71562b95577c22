import Evaluation
import Foundation
import GradientExchange
import Planning

/// Planned steps for a person or a program.
struct PlanReport {
  let title: String
  let plan: Plan
  let steps: [PlannedStep]
  /// The rate for a batch size, if it is wanted.
  let learningRate: ((_ batchSize: Int) -> Double)?

  var text: String {
    let cluster = steps[0].cluster
    let costs = cluster.costs
    var table = TextTable(
      header: [
        "hosts", "ranks", "batch", "rows", "step ms", "passes", "sums", "gradients", "Adam", "exchange %", "images/s",
        "of 1 rank %", "of 1 host %",
      ] + (learningRate == nil ? [] : ["rate"]), textColumns: 0)
    for step in steps {
      let prediction = step.prediction
      table.add(
        ["\(step.cluster.hosts)", "\(step.cluster.ranks)", "\(step.batchSize)", "\(step.rowsPerRank)"]
          + [prediction.step, prediction.arithmetic, prediction.sums, prediction.gradients, prediction.optimizer]
          .map { ($0 * 1000).formatted(digits: 2) }
          + [
            (100 * prediction.exchangeShare).formatted(digits: 1), step.imagesPerSecond.formatted(digits: 0),
            (100 * step.efficiencyOverOneRank).formatted(digits: 1),
            (100 * step.efficiencyOverOneHost).formatted(digits: 1),
          ] + (learningRate.map { [String(format: "%.3g", $0(step.batchSize))] } ?? []))
    }
    return """
      \(title): \(batchText), \(plan.parameterCount) parameters, \(cluster.ranksPerHost) ranks a host; \
      one rank alone: \((plan.aloneSeconds * 1000).formatted(digits: 2)) ms a step, \
      \(plan.aloneImagesPerSecond.formatted(digits: 0)) images/s
      assumed: \((cluster.bytesPerSecond * 8e-9).formatted(digits: 2)) Gbit/s each way a host, \
      \((cluster.latency * 1e6).formatted(digits: 1)) us latency, gradients as \(cluster.wire.rawValue); of a core \
      \((costs.perByte * 1e9).formatted(digits: 2)) ns a byte, \((costs.perMessage * 1e6).formatted(digits: 1)) us a \
      message, \((costs.barrier * 1e6).formatted(digits: 1)) us a barrier on a host
      \(table.text)

      what all hosts send each other in a step, and the ranks of other hosts to which a rank sends gradients:
      \(trafficTable.text)
      """
  }

  private var trafficTable: TextTable {
    var table = TextTable(
      header: ["hosts", "messages of gradients", "MB", "messages of sums", "MB", "peers of a rank"], textColumns: 0)
    for step in steps {
      let traffic = step.traffic
      func megabytes(_ bytes: Int) -> String { (Double(bytes) * 1e-6).formatted(digits: 2) }
      table.add([
        "\(step.cluster.hosts)", "\(traffic.gradients.messages)", megabytes(traffic.gradients.bytes),
        "\(traffic.sumMessages)", megabytes(traffic.sumBytes), "\(traffic.peers)",
      ])
    }
    return table
  }

  private var batchText: String {
    switch plan.batch {
    case .global(let rows): "global batch \(rows)"
    case .perRank(let rows): "\(rows) rows a rank"
    }
  }

  /// For a program.
  var document: some Encodable {
    let cluster = steps[0].cluster
    return Document(
      title: title, parameters: plan.parameterCount, aloneSeconds: plan.aloneSeconds,
      bytesPerSecond: cluster.bytesPerSecond, latencySeconds: cluster.latency, secondsPerByte: cluster.costs.perByte,
      secondsPerMessage: cluster.costs.perMessage, secondsPerBarrier: cluster.costs.barrier,
      steps: steps.map { PlannedLine($0, learningRate: learningRate?($0.batchSize)) })
  }

  private struct Document: Encodable {
    let title: String
    let parameters: Int
    let aloneSeconds: Double
    let bytesPerSecond: Double
    let latencySeconds: Double
    let secondsPerByte: Double
    let secondsPerMessage: Double
    let secondsPerBarrier: Double
    let steps: [PlannedLine]
  }

  private struct PlannedLine: Encodable {
    let hosts: Int
    let ranks: Int
    let batchSize: Int
    let rowsPerRank: Int
    let stepSeconds: Double
    let arithmeticSeconds: Double
    let sumSeconds: Double
    let gradientSeconds: Double
    let optimizerSeconds: Double
    let exchangeShare: Double
    let imagesPerSecond: Double
    let efficiencyOverOneRank: Double
    let efficiencyOverOneHost: Double
    let gradientMessages: Int
    let gradientBytes: Int
    let sumMessages: Int
    let sumBytes: Int
    let peers: Int
    let learningRate: Double?

    init(_ step: PlannedStep, learningRate: Double?) {
      self.learningRate = learningRate
      (hosts, ranks) = (step.cluster.hosts, step.cluster.ranks)
      (batchSize, rowsPerRank) = (step.batchSize, step.rowsPerRank)
      (stepSeconds, arithmeticSeconds) = (step.prediction.step, step.prediction.arithmetic)
      (sumSeconds, gradientSeconds) = (step.prediction.sums, step.prediction.gradients)
      (optimizerSeconds, exchangeShare) = (step.prediction.optimizer, step.prediction.exchangeShare)
      imagesPerSecond = step.imagesPerSecond
      efficiencyOverOneRank = step.efficiencyOverOneRank
      efficiencyOverOneHost = step.efficiencyOverOneHost
      (gradientMessages, gradientBytes) = (step.traffic.gradients.messages, step.traffic.gradients.bytes)
      (sumMessages, sumBytes, peers) = (step.traffic.sumMessages, step.traffic.sumBytes, step.traffic.peers)
    }
  }
}
