import ArgumentParser
import Console
import Storage

struct Verify: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Reads every byte of a packed file and checks it.",
    discussion: """
      Checks the checksum of every chunk, the fingerprint, the range of class indices and values, and the source \
      rows. Prints every problem, and exits with a code that is not 0 if there is one.

      EXAMPLE
        mhvae-pack verify fashion.h5
      """)

  @Argument(help: "A packed file.", completion: .file())
  var file: String

  func run() throws {
    let dataset = try PackedDataset.open(file)
    let problems = try dataset.verify()
    guard let first = problems.first else {
      let rows = Split.allCases.map { "\(dataset.rowCount(of: $0)) \($0.rawValue)" }
      try printResult("\(file): sound; \(rows.joined(separator: ", ")) rows, \(dataset.fingerprint)")
      return
    }
    guard problems.count > 1 else { throw first }
    for problem in problems { try printResult("\(problem)") }
    throw VerificationFailure(file: file, problems: problems)
  }
}

/// Several problems, of which the list is on standard output.
private struct VerificationFailure: Error, CustomStringConvertible {
  let file: String
  let problems: [StorageError]

  var description: String { "\(file): \(problems.count) problems, listed above; the first: \(problems[0])" }
}
