import TestSupport
import Testing

/// The program that times kernels also compares them with their twins.
struct BenchmarkTests {
  @Test("Every kernel agrees with its twin on the presets' shapes")
  func agreement() throws {
    let outcome = try run(try product("kernel-benchmark"), ["--repetitions", "1"])
    #expect(outcome.exitCode == 0, "\(outcome)")
    // A line for OpenBLAS, a heading, and more kernels than there are files of them.
    #expect(outcome.stdout.split(separator: "\n").count > 60, "\(outcome)")
    #expect(outcome.stderr.isEmpty, "\(outcome)")
  }

  @Test("A name that no kernel has is an error")
  func unknownName() throws {
    let outcome = try run(try product("kernel-benchmark"), ["--filter", "nothing"])
    #expect(outcome.exitCode == 2 && outcome.stderr == "no kernel is called \"nothing\"\n", "\(outcome)")
  }
}
