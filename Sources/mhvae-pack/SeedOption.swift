import ArgumentParser

/// What the commands that draw a split or an order have in common.
struct SeedOption: ParsableArguments {
  @Option(
    name: .customLong("seed"), help: "Decides the rows of a split that is drawn, and the order of the training rows.")
  var value: Int = 1

  func validate() throws {
    if value < 0 { throw ValidationError("--seed is a whole number from 0 on, found \(value)") }
  }
}
