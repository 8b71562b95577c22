import Foundation

/// A Python that can import `modules`: the one `MHVAE_PYTHON` names, or `python3` on the path. `nil` if there is none,
/// for a test that then says what it skips:
///
///     @Test(.enabled(if: python(withModules: ["numpy"]) != nil, "needs Python with numpy"))
package func python(withModules modules: [String]) -> String? {
  let candidates = [ProcessInfo.processInfo.environment["MHVAE_PYTHON"], "python3"].compactMap(\.self)
  let program = modules.map { "import \($0)" }.joined(separator: "\n")
  return candidates.first { (try? run($0, ["-c", program]))?.exitCode == 0 }
}
