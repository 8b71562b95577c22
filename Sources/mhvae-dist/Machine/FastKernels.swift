import Foundation
import Kernels
import Machine

/// Starts this program once more, in its place, if OpenBLAS does not know the processor: it can be told which kernels to
/// take only before it is loaded. Whoever has told it already has the last word.
func restartWithFastKernels() {
  guard getenv(ProductKernels.variable) == nil, let kernels = ProductKernels.faster(than: Threads.kernels) else {
    return
  }
  // By its own path: a process is named after the file it was started from, which may be a loader.
  guard let program = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"),
    program.hasSuffix("/\(programName)")
  else { return }
  setenv(ProductKernels.variable, kernels, 1)
  execv(program, CommandLine.unsafeArgv)
  // It failed: training is slow, as it would have been.
  unsetenv(ProductKernels.variable)
}
