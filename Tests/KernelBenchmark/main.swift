import Foundation
import Kernels

/// Times every kernel and its plain twin on the presets' shapes, on one thread, and checks that they agree.
///
///     kernel-benchmark [--filter NAME] [--repetitions COUNT]
///
/// Exits with 1 when a kernel and its twin differ by more than rounding, with 2 when the arguments make no sense.
Threads.use(1)
let options = Options(CommandLine.arguments.dropFirst())
let stopwatch = Stopwatch(repetitions: options.repetitions, patience: 0.25)
let entries = [
  productEntries, convolutionEntries, layerEntries, likelihoodEntries, latentEntries, drawEntries,
  parameterEntries, functionEntries,
].joined().filter { options.filter.isEmpty || $0.kernel.lowercased().contains(options.filter) }

if entries.isEmpty { fail("no kernel is called \"\(options.filter)\"", status: 2) }
print("\(Threads.library); sgemm of 1024 x 1024 x 1024: \(peak(stopwatch))")
print(tableLine(["kernel", "shape"], ["twin", "kernel", "ratio", "speed"]))
var wrong: [String] = []
for entry in entries {
  let trial = entry.prepare()
  let measured = Measurement(trial, stopwatch)
  let ratio = String(format: "%.1f", measured.twinSeconds / measured.kernelSeconds)
  print(
    tableLine(
      [entry.kernel, entry.shape],
      [
        microseconds(measured.twinSeconds), microseconds(measured.kernelSeconds), ratio,
        trial.work.rate(seconds: measured.kernelSeconds),
      ]))
  if measured.isWrong { wrong.append("\(entry.kernel), \(entry.shape): differs by \(measured.difference)") }
}
if !wrong.isEmpty { fail("kernels and their twins differ:\n\(wrong.joined(separator: "\n"))", status: 1) }
