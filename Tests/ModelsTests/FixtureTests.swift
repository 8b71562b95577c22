import Communication
import FixtureChecks
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

  @Test(
    "The backward pass marks every gradient as ready once, when it is final",
    arguments: try Fixture.paths(in: Fixture.folder))
  func readiness(path: String) throws {
    let check = try ReadinessCheck(try Fixture(path: path))
    #expect(check.failures.isEmpty, "\(path):\n\(check.failures.joined(separator: "\n"))")
  }
}
