import Foundation

/// A Python that can import `modules`: one that `MHVAE_PYTHON` or `MHVAE_TENSORBOARD_PYTHON` names, or `python3` on the
/// path. `nil` if there is none, for a test that then says what it skips:
///
///     @Test(.enabled(if: python(withModules: ["numpy"]) != nil, "needs Python with numpy"))
package func python(withModules modules: [String]) -> String? {
  let named = ["MHVAE_PYTHON", "MHVAE_TENSORBOARD_PYTHON"].compactMap { ProcessInfo.processInfo.environment[$0] }
  let program = modules.map { "import \($0)" }.joined(separator: "\n")
  return (named + ["python3"]).first { (try? run($0, ["-c", program]))?.exitCode == 0 }
}
