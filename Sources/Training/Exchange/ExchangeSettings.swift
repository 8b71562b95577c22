package import Communication

/// The ways to exchange gradients.
package enum ExchangeWay: String, CaseIterable, Sendable {
  /// Ranks of a node share memory, and each sums and steps a part of the parameters.
  case shared
  /// One `MPI_Allreduce`, then every rank steps all parameters.
  case allReduce = "all-reduce"
}

/// How gradients shall be exchanged. Not part of a run's configuration: a run may go on with other settings.
package struct ExchangeSettings {
  package var way = ExchangeWay.shared
  /// Whether gradients travel between nodes while the backward pass goes on.
  package var overlaps = true
  /// Floats of the gradient that travel between nodes together.
  package var bucketCount = 1 << 17
  /// Who shares memory; found out if nil.
  package var nodes: NodeGroup?
  /// Bytes that shared memory may take on a node; what is free if nil.
  package var sharedBytes: Int?

  package init(_ way: ExchangeWay = .shared) { self.way = way }
}

/// Prepares the exchange of `count` gradients and moments. Collective.
///
/// When memory cannot be shared on one of the nodes, all ranks take the plain way, with a warning.
func makeGradientExchange(
  _ settings: ExchangeSettings, count: Int, collectives: any Collectives
) throws -> any GradientExchange {
  guard settings.way == .shared, collectives.worldSize > 1,
    let nodes = try settings.nodes ?? collectives.findNodes()
  else { return AllReduceExchange(count: count, collectives: collectives) }
  func allCan(_ thisRankCan: Bool) throws -> Bool {
    var can: [Int64] = [thisRankCan ? 1 : 0]
    try can.withUnsafeMutableBufferPointer { try collectives.minimum($0) }
    return can[0] == 1
  }
  let bytes = NodeMemory.byteCount(count: count, ranks: nodes.localSize)
  let free = settings.sharedBytes ?? NodeWindow.freeSpace ?? .max
  // A little more than is used, because MPI asks for it.
  guard try allCan(bytes + bytes / 16 + 1 << 20 <= free) else {
    return AllReduceExchange(
      count: count, collectives: collectives,
      warning: "shared memory is too small for \(bytes >> 20) MiB on every node (/dev/shm); \(plainWay)")
  }
  let memory = Result { try NodeMemory(nodes, count: count) }
  guard try allCan((try? memory.get()) != nil) else {
    var reason = ""
    if case .failure(let error) = memory { reason = ": \(error)" }
    return AllReduceExchange(
      count: count, collectives: collectives, warning: "memory cannot be shared on every node\(reason); \(plainWay)")
  }
  return try SharedExchange(try memory.get(), nodes, settings)
}

private let plainWay = "gradients go by all-reduce"
