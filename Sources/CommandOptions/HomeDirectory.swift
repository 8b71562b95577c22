internal import Foundation

/// Arguments with the home directory in place of a leading `~`, also after the first `=`: shells leave `--run=~/runs` as
/// it is, and programs that start this one do not know of `~`. A directory that is called `~` is `./~`.
package func expandingHome(_ arguments: [String]) -> [String] {
  arguments.map { argument in
    guard let equals = argument.firstIndex(of: "=") else { return expandingHome(argument) }
    let value = argument.index(after: equals)
    return expandingHome(String(argument[..<value])) + expandingHome(String(argument[value...]))
  }
}

/// `~` or `~name`, alone or before a slash. An unknown name stays as it is.
private func expandingHome(_ path: String) -> String {
  guard path.hasPrefix("~") else { return path }
  // As in a shell, the variable comes first.
  if path == "~" || path.hasPrefix("~/"), let home = ProcessInfo.processInfo.environment["HOME"] {
    return home + path.dropFirst()
  }
  return NSString(string: path).expandingTildeInPath
}
