package import Runs

extension RunRecord {
  /// One start of the program that trained.
  package struct Session: Sendable {
    /// In UTC, such as `2026-11-23T20:15:04Z`.
    package let began: String
    package let start: SessionStart
    /// nil if it did not end by itself, or goes on.
    package fileprivate(set) var ended: String?
    package fileprivate(set) var end: SessionEnd?
  }

  /// A warning, and how often it was given.
  package struct Warning: Equatable, Sendable {
    package let text: String
    /// When it was given first.
    package let time: String
    package fileprivate(set) var count: Int
  }

  /// Oldest first.
  package var sessions: [Session] {
    var sessions: [Session] = []
    for entry in journal {
      switch entry.event {
      case .started(let start): sessions.append(Session(began: entry.time, start: start))
      case .ended(let end) where !sessions.isEmpty:
        (sessions[sessions.count - 1].ended, sessions[sessions.count - 1].end) = (entry.time, end)
      case .ended, .warning: break
      }
    }
    return sessions
  }

  /// Each text once, in the order of their first times.
  package var warnings: [Warning] {
    var warnings: [Warning] = []
    for entry in journal {
      guard case .warning(let text) = entry.event else { continue }
      if let index = warnings.firstIndex(where: { $0.text == text }) {
        warnings[index].count += 1
      } else {
        warnings.append(Warning(text: text, time: entry.time, count: 1))
      }
    }
    return warnings
  }

  /// The dataset of the last session.
  package var dataPath: String? { sessions.last?.start.data }

  /// Of all epochs that count, with their validation.
  package var seconds: Double { epochs.map(\.seconds).filter(\.isFinite).reduce(0, +) }

  /// The median over epochs; nil without any.
  package var imagesPerSecond: Double? {
    let rates = epochs.map(\.imagesPerSecond).filter(\.isFinite).sorted()
    return rates.isEmpty ? nil : rates[rates.count / 2]
  }

  /// The epoch of the highest validation ELBO.
  package var bestEpoch: EpochReport? {
    epochs.filter { $0.validation?.elbo.isFinite ?? false }.max { $0.validation!.elbo < $1.validation!.elbo }
  }

  /// The names of all terms of the objective, likelihoods before divergences.
  package var termNames: [String] {
    let names = Set(epochs.flatMap { Array($0.training.terms.keys) + Array(($0.validation?.terms ?? [:]).keys) })
    return names.sorted { ($0.hasPrefix("kl/") ? 1 : 0, $0) < ($1.hasPrefix("kl/") ? 1 : 0, $1) }
  }
}
