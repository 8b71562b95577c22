internal import Foundation
internal import Kernels

/// The importance weights of a batch whose rows have several draws: log w_k, and the shares v_k = w_k / Σ w of a row.
final class DrawWeights {
  let draws: Int
  /// `[rows · draws]`, the draws of a row after each other; so is `term`.
  private let logWeights: UnsafeMutableBufferPointer<Double>
  private let term: UnsafeMutableBufferPointer<Double>
  private let shares: FloatArena
  private let selectedShares: FloatArena

  init(rows: Int, draws: Int) {
    self.draws = draws
    logWeights = .allocate(capacity: rows * draws)
    logWeights.initialize(repeating: 0)
    term = .allocate(capacity: rows * draws)
    term.initialize(repeating: 0)
    shares = FloatArena(count: rows * draws)
    selectedShares = FloatArena(count: rows * draws)
  }

  deinit {
    logWeights.deallocate()
    term.deallocate()
  }

  func begin() { logWeights.update(repeating: 0) }

  /// Adds a term, times `factor`, to the log weights of the rows that have it.
  /// - Parameter compute: adds the term of every draw of these rows, in nats, to zeros.
  /// - Returns: the term's mean over the draws, summed over rows.
  func add(_ factor: Double, _ rows: RowSelection, _ compute: (UnsafeMutablePointer<Double>) -> Void) -> Double {
    guard let values = term.baseAddress else { return 0 }
    values.update(repeating: 0, count: rows.count * draws)
    compute(values)
    var sum = 0.0
    for place in 0..<rows.count {
      let (from, to) = (place * draws, rows[place] * draws)
      for k in 0..<draws {
        logWeights[to + k] += factor * values[from + k]
        sum += values[from + k]
      }
    }
    return sum / Double(draws)
  }

  /// Computes the shares.
  /// - Returns: `log 1/K Σ w - 1/K Σ log w`, never negative, summed over rows: what the bound gains by its draws.
  func normalise(rows: Int) -> Double {
    var gain = 0.0
    for row in 0..<rows {
      let own = row * draws..<(row + 1) * draws
      let peak = logWeights[own].max() ?? 0
      let sum = own.reduce(0) { $0 + exp(logWeights[$1] - peak) }
      let mean = own.reduce(0) { $0 + logWeights[$1] } / Double(draws)
      gain += peak + log(sum / Double(draws)) - mean
      for place in own { shares.base[place] = Float(exp(logWeights[place] - peak) / sum) }
    }
    return gain
  }

  /// v_k of the draws of some rows, `[rows · draws, 1]`; overwritten by the next call for rows that are not all.
  func shares(_ rows: RowSelection) -> Matrix {
    let all = shares.matrix(rows: rows.rowCount, columns: draws)
    guard !rows.isAll else { return all.reshaped(columns: 1) }
    let selected = selectedShares.matrix(rows: rows.count, columns: draws)
    selected.gather(rows, of: all)
    return selected.reshaped(columns: 1)
  }
}
