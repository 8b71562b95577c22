internal import Layers

extension RunSummary: CustomStringConvertible {
  /// Several lines: layers by network, then totals, memory of a rank, messages of a step.
  package var description: String {
    (["\(title): \(parameterCount) parameters"] + layerLines + memoryLines + exchangeLines).joined(separator: "\n")
  }

  private var layerLines: [String] {
    let networks = layers.map(\.network).reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }
    return networks.flatMap { network in
      let layers = layers.filter { $0.network == network }
      return ["\(network): \(layers.map(\.parameterCount).reduce(0, +))"]
        + aligned(layers.map { ["  \($0.name)", "\($0.input) -> \($0.output)", "\($0.parameterCount)", $0.operation] })
    }
  }

  /// Who draws pictures, and how, is not known here.
  private var memoryLines: [String] {
    let total = MemoryItem(name: "together", bytes: memory.map(\.bytes).reduce(0, +))
    let of = worldSize == 1 ? "memory" : "memory of each of \(worldSize) ranks, at most"
    return ["\(of):"] + aligned((memory + [total]).map { ["  \($0.name)", mebibytes($0.bytes)] })
      + ["not counted: what drawing pictures (--sample-every) takes on rank 0 meanwhile"]
  }

  private var exchangeLines: [String] {
    let steps = "\(stepsPerEpoch) steps an epoch, \(batchSize) rows each"
    guard worldSize > 1 else { return [steps, "one rank sends no messages"] }
    return [
      "\(steps); each rank contributes to sums over all:"
    ] + aligned(exchange.map { ["  \($0.name)", "\($0.messages) a step", "\($0.bytes) bytes"] })
  }

  private func mebibytes(_ bytes: Int) -> String {
    let tenths = (bytes * 10 + 1 << 19) >> 20
    return "\(tenths / 10).\(tenths % 10) MiB"
  }

  /// Pads all columns but the last.
  private func aligned(_ rows: [[String]]) -> [String] {
    let columns = (rows.map(\.count).max() ?? 1) - 1
    let widths = (0..<columns).map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.map { row in
      row.enumerated().map { column, text in
        column < columns ? text + String(repeating: " ", count: widths[column] - text.count) : text
      }.joined(separator: "  ")
    }
  }
}
