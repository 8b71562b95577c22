import Foundation
import TestSupport

/// The scripts of this package, as a user calls them.
enum ClusterScript {
  /// The package's own directory.
  static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  static func path(_ script: String) -> String { root.appending(path: script).path }

  /// Why a script cannot work here, in its own words; `nil` if it can.
  /// - Parameter harmless: arguments with which it does nothing but look for what it needs.
  static func obstacle(_ script: String, _ harmless: [String]) -> String? {
    do {
      let outcome = try run(path(script), harmless)
      return outcome.exitCode == 0 ? nil : outcome.stderr
    } catch { return "\(error)" }
  }
}
