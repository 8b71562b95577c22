internal import Communication

/// The estimates of all test rows, for every query, and which of them are done. The ranks share theirs after every few
/// rows: none waits long for another, and what is done can be recorded.
final class RowEstimates {
  /// The most rows of a rank between two meetings.
  static let meetingRows = 8

  private let collectives: any Collectives
  private let rowCount: Int
  /// Estimates of a row, by query: one for each target set, twice as many with a mixture.
  private let widths: [Int]
  /// By query: one run of `widths` for each row.
  private var values: [[Double]]
  /// By query and row: 1 if it is done, else 0.
  private var done: [[Double]]
  private let log: EvaluationLog?

  /// Restores what an earlier evaluation has recorded. Collective.
  /// - Parameters:
  ///   - widths: estimates of a row, by query.
  ///   - log: on rank 0, if one is kept.
  init(widths: [Int], rowCount: Int, log: EvaluationLog?, collectives: any Collectives) throws {
    (self.widths, self.rowCount, self.log, self.collectives) = (widths, rowCount, log, collectives)
    values = widths.map { [Double](repeating: 0, count: rowCount * $0) }
    done = widths.map { _ in [Double](repeating: 0, count: rowCount) }
    for entry in log?.entries ?? [] { set(entry) }
    for query in widths.indices {
      try values[query].withUnsafeMutableBytes { try collectives.broadcast($0, from: 0) }
      try done[query].withUnsafeMutableBytes { try collectives.broadcast($0, from: 0) }
    }
    doneCount = done.reduce(0) { $0 + $1.count { $0 > 0 } }
  }

  func isDone(_ query: Int, row: Int) -> Bool { done[query][row] > 0 }

  /// The estimates of one row, in the order of `ImportanceSampler.estimate`.
  func of(_ query: Int, row: Int) -> ArraySlice<Double> {
    values[query][row * widths[query]..<(row + 1) * widths[query]]
  }

  /// Rows that are done, over all queries.
  private(set) var doneCount = 0

  /// Shares the estimates of some rows of this rank with all others, and records all ranks' on rank 0. Collective.
  /// - Parameters:
  ///   - first, values: consecutive rows, at most `meetingRows`; possibly none.
  ///   - request: why this rank is to stop, if it is.
  /// - Returns: why all ranks are to stop, if they are.
  func share(_ query: Int, first: Int, values: [[Double]], request: StopCause?) throws -> StopCause? {
    let (flags, width) = (StopCause.allCases.count, widths[query])
    let slot = 2 + Self.meetingRows * width
    var message = [Double](repeating: 0, count: flags + collectives.worldSize * slot)
    if let request { message[request.rawValue] = 1 }
    let own = [Double(first), Double(values.count)] + values.joined()
    message.replaceSubrange(flags + collectives.rank * slot..<flags + collectives.rank * slot + own.count, with: own)
    try message.withUnsafeMutableBufferPointer { try collectives.sum($0) }
    for rank in 0..<collectives.worldSize {
      let part = message[(flags + rank * slot)...].prefix(slot)
      let (first, count) = (Int(part[part.startIndex]), Int(part[part.startIndex + 1]))
      guard count > 0 else { continue }
      let entry = EvaluationLog.Entry(
        query: query, row: first, rows: count, values: Array(part.dropFirst(2).prefix(count * width)))
      set(entry)
      log?.append(entry)
    }
    return StopCause.allCases.first { message[$0.rawValue] > 0 }
  }

  private func set(_ entry: EvaluationLog.Entry) {
    guard widths.indices.contains(entry.query), entry.row >= 0 else { return }
    let width = widths[entry.query]
    guard entry.rows > 0, entry.row <= rowCount - entry.rows, entry.values.count == entry.rows * width else { return }
    let rows = entry.row..<entry.row + entry.rows
    values[entry.query].replaceSubrange(rows.lowerBound * width..<rows.upperBound * width, with: entry.values)
    for row in rows where !isDone(entry.query, row: row) {
      done[entry.query][row] = 1
      doneCount += 1
    }
  }
}
