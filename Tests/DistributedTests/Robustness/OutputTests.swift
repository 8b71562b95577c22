import Foundation
import TestSupport
import Testing

/// Programs whose output nobody can take.
@Suite(.serialized) struct OutputTests {
  /// Runs a line of the shell, in which `$DIST` and `$PACK` are the programs.
  private func shell(_ line: String) throws -> Outcome {
    try run(
      "bash", ["-c", "set -o pipefail; \(line)"],
      environment: ["DIST": try product("mhvae-dist"), "PACK": try product("mhvae-pack"), "LC_ALL": "C"])
  }

  @Test(
    "Training that cannot say anything goes on and ends well",
    arguments: [">/dev/full 2>/dev/full", ">&- 2>&-", "<&- >&- 2>&-", "| head -n 1", "2>&1 | true"])
  func training(redirection: String) throws {
    try SyntheticDigits.withDataset(trainingRows: 300) { directory, dataset in
      let run = "\(directory)/run"
      // The option is unknown to the preset, so that there is a warning, too.
      let outcome = try shell(
        "$DIST train --preset mnist --family jmvae --warm-up-modality 1 --data \(dataset) --run \(run) --epochs 2 "
          + redirection)
      #expect(outcome.exitCode == 0, "\(outcome)")
      #expect(try RunFiles.epochs(run) == [1, 2])
      #expect(FileManager.default.fileExists(atPath: RunFiles.lastCheckpoint(run)))
    }
  }

  @Test(
    "A command whose output is its product says that it cannot be written, and fails",
    arguments: [
      "$PACK inspect DATA", "$PACK verify DATA", "$PACK --help", "$DIST --help", "$DIST configuration",
      "$DIST doctor --preset mnist", "$DIST train --preset mnist --data DATA --dry-run",
      "$DIST benchmark --preset mnist --steps 1 --warm-up-steps 0",
    ], [(">/dev/full", "No space left on device"), (">&-", "Bad file descriptor")])
  func results(command: String, stream: (redirection: String, reason: String)) throws {
    try SyntheticDigits.withDataset(trainingRows: 300) { _, dataset in
      let outcome = try shell("\(command.replacing("DATA", with: dataset)) \(stream.redirection)")
      #expect(outcome.exitCode == 1, "\(outcome)")
      #expect(outcome.stderr.hasSuffix(": error: cannot write to standard output: \(stream.reason)\n"), "\(outcome)")
      #expect(outcome.errors.count == 1, "\(outcome)")
    }
  }

  @Test("A home directory that the shell did not fill in is not a directory called ~")
  func homeDirectory() throws {
    try SyntheticDigits.withDataset(trainingRows: 300) { directory, dataset in
      let outcome = try run(
        "bash",
        [
          "-c",
          "cd \(directory) && $DIST train --preset mnist --data=~/digits.h5 '--run=~/my runs/x' --epochs 1 --sample-every 0",
        ], environment: ["DIST": try product("mhvae-dist"), "HOME": directory])
      #expect(outcome.exitCode == 0, "\(outcome)")
      let run = "\(directory)/my runs/x"
      #expect(FileManager.default.fileExists(atPath: RunFiles.lastCheckpoint(run)))
      #expect(!FileManager.default.fileExists(atPath: "\(directory)/~"))
      let last = try #require(outcome.stdout.split(separator: "\n").last)
      #expect(last == "next: mhvae-dist evaluate --run '\(run)' --data \(dataset)")
    }
  }
}
