import Foundation
import TestSupport
import Testing

/// How help looks on a terminal of 80 columns.
struct HelpTests {
  @Test("Nothing but the usage line is wider than 80 columns, and no example is wrapped", arguments: programs)
  func width(program: String) throws {
    for command in try commands(of: program) {
      let help = try run(product(program), command + ["--help"], environment: ["COLUMNS": "80"])
      #expect(help.exitCode == 0)
      for line in help.stdout.split(separator: "\n") where !line.hasPrefix("USAGE:") {
        #expect(line.count <= 80, "\(program) \(command): \(line)")
        #expect(!line.allSatisfy { $0 == "\\" || $0 == " " }, "\(program) \(command): a wrapped example")
      }
    }
  }

  private static let programs = ["mhvae-dist", "mhvae-pack"]

  /// The program itself and its subcommands, as its own help lists them.
  private func commands(of program: String) throws -> [[String]] {
    let help = try run(product(program), ["--help"]).stdout
    let list = try #require(help.split(separator: "SUBCOMMANDS:\n").last)
    let names = list.split(separator: "\n").filter { $0.hasPrefix("  ") && !$0.hasPrefix("   ") }
      .compactMap { $0.split(separator: " ").first.map(String.init) }.filter { $0 != "See" }
    try #require(names.count > 5, "\(help)")
    return [[]] + names.map { [$0] }
  }
}
