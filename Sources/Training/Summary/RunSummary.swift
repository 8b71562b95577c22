package import Configuration
internal import DataLoading
package import GradientExchange
internal import Kernels
package import Layers
internal import Models
internal import Optimizers
package import Storage

/// Layers, memory and messages of a training run, determined without training. Memory is that of the arenas which the
/// run's own code allocates; the sums of batch norms are counted on a batch without rows.
package struct RunSummary: Sendable, Encodable {
  /// Such as `mnist, mhvae`.
  package let title: String
  package let worldSize: Int
  package let layers: [LayerDescription]
  package let parameterCount: Int
  package let batchSize: Int
  package let stepsPerEpoch: Int
  package let memory: [MemoryItem]
  package let exchange: [ExchangeItem]

  /// Something a rank keeps in memory: as much as the rank that needs most of it.
  package struct MemoryItem: Equatable, Sendable, Encodable {
    package let name: String
    package let bytes: Int
  }

  /// Something the ranks sum in every step.
  package struct ExchangeItem: Equatable, Sendable, Encodable {
    package let name: String
    /// Sums a step.
    package let messages: Int
    /// What each rank contributes to all of them.
    package let bytes: Int
  }

  /// Reads no more than the header of the data.
  /// - Throws: `DataLoadingError` when the data does not fit the model, or the batch neither data nor ranks.
  package init(
    _ configuration: RunConfiguration, dataset: borrowing PackedDataset, worldSize: Int, hosts: Int = 1,
    shardMemory: Int = .max, exchange settings: ExchangeSettings
  ) throws {
    try dataset.check(against: configuration.model)
    var plans: [BatchPlan] = []
    for rank in 0..<worldSize {
      plans.append(try BatchPlan(configuration, dataset: dataset, rank: rank, worldSize: worldSize))
    }
    let rows = plans.map(\.partitions.count).max() ?? 0
    let (model, modelBytes) = try ArenaTally.measure { try makeModel(configuration.model) }
    let (optimizer, optimizerBytes) = ArenaTally.measure {
      Optimizer(count: model.memory.parameters.count, configuration.training.optimizerSettings)
    }
    let (validated, validatedBytes) = try ArenaTally.measure { try Self.validated(model, optimizer) }
    let microBatches = try plans[0].microBatches(configuration)
    let draws = configuration.training.objective.draws
    let pass = try ArenaTally.measure {
      try Replica.makePass(model, rows: rows, microBatches: microBatches, draws: draws)
    }
    title = "\(configuration.name), \(configuration.model.family.name.rawValue)"
    self.worldSize = worldSize
    layers = model.memory.layers
    parameterCount = model.memory.parameters.count
    batchSize = configuration.training.batchSize
    stepsPerEpoch = plans[0].stepsPerEpoch
    let isShared = settings.method == .shared && worldSize > 1
    let travels = isShared && hosts > 1
    let wire = travels ? settings.wire : .f32
    exchange = try Self.exchange(of: model, pass.result, configuration, isShared: isShared, wire)
    let once = isShared ? ", once on a node" : ""
    let values = 4 * model.memory.parameters.count
    let averages = optimizer.settings.averageDecay != nil
    memory =
      [
        MemoryItem(name: "parameters\(once)", bytes: values), MemoryItem(name: "gradients", bytes: values),
        MemoryItem(
          name: (averages ? "moments and averages" : "moments")
            + (optimizer.settings.roundsWeights ? ", parameters in bf16" : "") + once,
          bytes: optimizerBytes),
      ]
      + (wire == .bf16 ? [MemoryItem(name: "what rounding between hosts has lost\(once)", bytes: values)] : [])
      + (travels
        ? [
          MemoryItem(
            name: "gradients on the way between hosts",
            bytes: interNodeBytes(parameters: parameterCount, nodes: hosts, localRanks: worldSize / hosts, wire))
        ] : []) + [
        MemoryItem(
          name: "running statistics and scratch",
          bytes: modelBytes - 2 * values + validatedBytes + 4 * model.memory.statistics.count),
        MemoryItem(
          name: microBatches.count > 1
            ? "activations and gradients of \(microBatches.count) micro-batches" : "activations in training",
          bytes: pass.bytes),
        MemoryItem(
          name: "activations in validation",
          bytes: ArenaTally.measure { validated.makeObjectivePass(rows: Replica.evaluationRows) }.bytes),
        MemoryItem(
          name: "copy for checkpoints, on rank 0",
          bytes: (3 + (averages ? 1 : 0) + (wire == .bf16 ? 1 : 0)) * values + (averages ? 8 : 4)
            * model.memory.statistics.count),
        MemoryItem(
          name: "batches",
          bytes: Self.batchBytes(model, rows: rows, draws: draws)
            + Self.batchBytes(model, rows: Replica.evaluationRows, draws: 1)),
      ] + (try Self.rows(plans, dataset, configuration.model.dataModalities, shardMemory))
  }

  /// The model that is validated, of the weights or of their average, beside that in training: it has scratch memory and
  /// perhaps running statistics of its own. That in training gets what bf16 products need.
  private static func validated(_ model: any Model, _ optimizer: Optimizer) throws -> any Model {
    if let rounded = optimizer.state.rounded { model.memory.useBF16(rounded) }
    guard let average = optimizer.state.average else { return try model.inSinglePrecision() }
    let averaged = try describeModel(model.configuration)
    averaged.memory.allocate(values: average, gradients: model.memory.gradients)
    return averaged
  }

  private static func rows(
    _ plans: [BatchPlan], _ dataset: borrowing PackedDataset, _ modalities: [DataModality], _ memory: Int
  ) throws -> [MemoryItem] {
    let rowBytes = dataset.rowByteCount(of: modalities)
    var (training, isStreamed) = (0, false)
    for plan in plans {
      let streams = StreamLayout.isNeeded(plan, dataset, modalities, memory: memory)
      let layout = streams ? try StreamLayout(plan, dataset, modalities, memory: memory) : nil
      training = max(training, layout?.byteCount ?? plan.shard.count * rowBytes)
      isStreamed = isStreamed || streams
    }
    let validation = (dataset.rowCount(of: .validation) + plans.count - 1) / plans.count
    let held = SequentialRows.rowsInMemory(
      of: validation, rowBytes: rowBytes, batchRows: Replica.evaluationRows, memory: memory)
    return [
      MemoryItem(name: isStreamed ? "training rows, streamed" : "training rows", bytes: training),
      MemoryItem(name: "validation rows", bytes: held * rowBytes),
    ]
  }

  private static func batchBytes(_ model: any Model, rows: Int, draws: Int) -> Int {
    ArenaTally.measure { BatchAssembly(model, rows: rows, draws: draws, seed: 0, noisePurpose: .noise) }.bytes
  }

  private static func exchange(
    of model: any Model, _ pass: any ObjectivePass, _ configuration: RunConfiguration, isShared: Bool,
    _ wire: WireFormat
  ) throws -> [ExchangeItem] {
    let counter = MessageCounter()
    let assembly = BatchAssembly(
      model, rows: 0, draws: configuration.training.objective.draws, seed: 0, noisePurpose: .noise)
    assembly.begin(BatchRows(local: 0, global: configuration.training.batchSize), masked: true)
    try pass.forward(
      assembly.batch, weights: configuration.objectiveWeights(epoch: 1), mode: .training, replicas: counter)
    try pass.backward(assembly.batch, replicas: counter)
    return [
      ExchangeItem(
        name: isShared
          ? "gradients, through shared memory within a node" + (wire == .bf16 ? ", in bf16 between nodes" : "")
          : "gradients", messages: 1, bytes: wire.bytes * model.memory.parameters.count),
      ExchangeItem(
        name: "terms of the objective, flags, the gradient's norm", messages: 1,
        bytes: 8 * StepMessage.count(terms: pass.termSums.count)),
      ExchangeItem(name: "batch-norm sums", messages: counter.messages, bytes: counter.bytes),
    ]
  }
}

/// Counts the sums that a model makes over its replicas.
private final class MessageCounter: ReplicaGroup {
  private(set) var messages = 0
  private(set) var bytes = 0

  func sum(_ values: UnsafeMutableBufferPointer<Double>) {
    messages += 1
    bytes += 8 * values.count
  }
}
