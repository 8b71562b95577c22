package import Foundation

/// Where the running tests were built, and with them the package's programs.
package var productsDirectory: URL {
  let executable = Bundle.main.executableURL ?? URL(filePath: CommandLine.arguments[0])
  return executable.deletingLastPathComponent()
}

/// The path of a program of this package.
package func product(_ name: String) throws -> String {
  let path = productsDirectory.appending(path: name).path
  guard FileManager.default.isExecutableFile(atPath: path) else {
    throw ProcessError(description: "\(name) was not built: there is no program at \(path)")
  }
  return path
}
