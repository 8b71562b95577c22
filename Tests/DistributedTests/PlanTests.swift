import Foundation
import TestSupport
import Testing

/// The command that plans. What it predicts depends on the machine; what it must hold does not.
@Suite(.serialized) struct PlanCommandTests {
  private let cluster = ["--preset", "mnist", "--link", "10", "--latency", "20"]

  @Test("A table has a line for each number of hosts, measured on one rank or two", arguments: [1, 2])
  func table(ranks: Int) throws {
    let outcome = try mpirun(ranks: ranks, "mhvae-dist", ["plan"] + cluster + ["--hosts", "1,2,32"])
    #expect(outcome.exitCode == 0, "\(outcome)")
    #expect(outcome.stdout.contains("mnist, mhvae: global batch 64, 2036590 parameters, 1 ranks a host"), "\(outcome)")
    let lines = outcome.stdout.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
    #expect(lines.compactMap { $0.first.flatMap(Int.init) } == [1, 2, 32, 1, 2, 32], "\(outcome)")
  }

  @Test("JSON says the same: one host has no exchange, more have, and a given rate is kept")
  func json() throws {
    let outcome = try run(
      product("mhvae-dist"),
      ["plan", "--hosts", "1,2,64", "--batch-size", "128", "--rate", "1000", "--json"] + cluster)
    let object = try #require(
      try JSONSerialization.jsonObject(with: Data(outcome.stdout.utf8)) as? [String: Any], "\(outcome)")
    let steps = try #require(object["steps"] as? [[String: Any]])
    func values(_ key: String) -> [Double] { steps.compactMap { $0[key] as? Double } }
    #expect(values("rows_per_rank") == [128, 64, 2])
    #expect(values("exchange_share")[0] == 0 && values("exchange_share").dropFirst().allSatisfy { $0 > 0 && $0 < 1 })
    // Two hosts send each other half of the gradient to be added up, and half added up; 18 norms and the terms go along
    // one edge of a tree, there and back.
    #expect(values("gradient_bytes").prefix(2) == [0, 2 * 4 * 2_036_590])
    #expect(values("sum_messages") == [0, 2 * 19, 2 * 63 * 19] && values("peers") == [0, 1, 63])
    // Measured once, so that what is printed of one rank is what was asked for.
    #expect(abs(values("images_per_second")[0] - 1000) < 1e-6)
    for (index, step) in values("step_seconds").enumerated() {
      let parts = ["arithmetic_seconds", "sum_seconds", "gradient_seconds", "optimizer_seconds"]
      #expect(abs(parts.map { values($0)[index] }.reduce(0, +) - step) < 1e-9)
    }
  }

  @Test(
    "What cannot be planned is one message",
    arguments: [
      (["--hosts", "65"], "smaller than the 65 ranks"), (["--hosts", "1,x"], "--hosts"),
      (["--hosts", "4097"], "--hosts"),
      (["--hosts", "2", "--ranks-per-host", "0"], "--ranks-per-host"), (["--hosts", "2", "--rate", "0"], "--rate"),
    ])
  func refusals(options: [String], words: String) throws {
    let outcome = try run(product("mhvae-dist"), ["plan"] + cluster + options)
    #expect(outcome.exitCode != 0 && outcome.stderr.contains(words), "\(outcome)")
  }
}
