import Foundation
import Kernels
import Machine

/// Starts this program once more, in its place, if OpenBLAS does not know the processor: it can be told which kernels to
/// take only before it is loaded. Whoever has told it already has the last word.
func restartWithFastKernels() {
  guard getenv(ProductKernels.variable) == nil, let kernels = ProductKernels.faster(than: Threads.kernels) else {
    return
  }
  // By its own path: a process is named after the file it was started from.
  guard let program = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe") else { return }
  setenv(ProductKernels.variable, kernels, 1)
  // Returns only if it fails; then training is slow, as it would have been.
  execv(program, CommandLine.unsafeArgv)
}
