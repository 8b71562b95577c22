import Configuration
import Models
import Testing

struct ObjectiveTests {
  @Test("Objective, draws and posterior are read and written; what is not set is not written")
  func roundTrip() throws {
    let set = try resolve("mnist", "training.objective=iwae", "training.draws=5", "model.posterior=top_down")
    #expect(set.training.objective == .iwae(draws: 5))
    #expect(set.model.core?.posterior == .topDown)
    #expect(try RunConfiguration(yaml: set.yaml) == set)
    let plain = try resolve("mnist")
    #expect(set.model != plain.model && set.model.asPublished == plain.model)
    #expect(plain.training.objective == .elbo && plain.model.core?.posterior == .encoder)
    for key in ["objective", "draws", "posterior"] { #expect(try !plain.yaml.contains("  \(key):")) }
  }

  @Test(
    "A number of draws belongs to iwae, and iwae to the family that has it",
    arguments: [
      (["training.objective=iwae"], "mhvae", "training.draws: missing; objective iwae needs a number of draws"),
      (["training.draws=5"], "mhvae", "training.draws: the elbo has one draw a row"),
      (["training.objective=iwae", "training.draws=0"], "mhvae", "training.draws: expected"),
      (
        ["training.objective=iwae", "training.draws=5"], "mvae",
        "training.objective: the family mvae is trained with elbo"
      ),
      (["model.posterior=top_down"], "mvae", "posterior"),
    ])
  func refusals(changes: [String], family: String, message expected: String) throws {
    let found = try message {
      var source = try ConfigurationSource(preset: "mnist", family: FamilyName(rawValue: family))
      for change in changes { try source.set(change) }
      _ = try source.resolve()
    }
    expect(found, contains: [expected])
  }
}
