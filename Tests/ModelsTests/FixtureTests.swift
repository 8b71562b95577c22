import Communication
import FixtureChecks
import Kernels
import Optimizers
import Testing

@Suite("Fixtures of the reference implementation")
struct FixtureTests {
  @Test("There are fixtures to read")
  func folderHasFixtures() throws {
    #expect(try !Fixture.paths(in: Fixture.folder).isEmpty, "no .h5 files in \(Fixture.folder)")
  }

  @Test(
    "Terms, gradients, running statistics, Adam steps and log weights", arguments: try Fixture.paths(in: Fixture.folder)
  )
  func everythingComesOut(path: String) throws {
    let check = try FixtureCheck(try Fixture(path: path), collectives: SingleRank())
    try check.run()
    #expect(check.comparison.count > 1000, "\(path): hardly anything was compared")
    #expect(check.comparison.failures.isEmpty, "\(path):\n\(check.comparison.failures.joined(separator: "\n"))")
  }

  /// A rounding is off by 2^-9 at most. Batches of a few rows behind batch norms make much of it in gradients: how much
  /// shows where only weights are rounded. Products round twice as many operands, there and back.
  @Test(
    "In bf16 terms are within 1 %, gradients within 6 % or four times what rounded weights alone make",
    .enabled(if: BF16.engineName != nil, "this processor has neither AVX512-BF16 nor AMX"),
    arguments: try Fixture.paths(in: Fixture.folder))
  func roundedProducts(path: String) throws {
    var settings = OptimizerSettings()
    settings.roundsWeights = true
    let check = try FixtureCheck(try Fixture(path: path), collectives: SingleRank(), optimizer: settings)
    let errors = try check.relativeErrors()
    for (name, error) in errors.terms { #expect(error < 0.01, "\(path): \(name)") }
    let single = try FixtureCheck(try Fixture(path: path), collectives: SingleRank())
    let unavoidable = try single.relativeErrorsOfRoundedWeights().gradient
    #expect(errors.gradient < max(0.06, 4 * unavoidable), "\(path): \(unavoidable) by weights alone")
    check.spoilRoundedHeads()
    #expect(try check.relativeErrors().gradient == errors.gradient, "\(path): heads, biases or norms read bf16")
    // Otherwise nothing was rounded.
    #expect(errors.gradient > 0x1p-12)
  }

  @Test(
    "The backward pass marks every gradient as ready once, when it is final",
    arguments: try Fixture.paths(in: Fixture.folder))
  func readiness(path: String) throws {
    let check = try ReadinessCheck(try Fixture(path: path))
    #expect(check.failures.isEmpty, "\(path):\n\(check.failures.joined(separator: "\n"))")
  }
}
