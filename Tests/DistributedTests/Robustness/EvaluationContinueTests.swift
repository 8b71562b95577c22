import Foundation
import TestSupport
import Testing

/// Evaluations that are ended before they are done, and go on.
@Suite(.serialized) struct EvaluationContinueTests {
  /// A third of the test rows lacks the picture, and another the label: what a row lacks, and how many count, must
  /// survive, too.
  @Test("Stopped, killed and continued on other ranks, an evaluation gives the figures of one left alone")
  func continued() throws {
    try SyntheticDigits.withDataset(trainingRows: 300) { directory, complete in
      let dataset = "\(directory)/gaps.h5"
      let dropped = try TestSupport.run(
        product("mhvae-pack"),
        ["drop", complete, "--fraction", "0.33", "--only", "test", "--output", dataset])
      #expect(dropped.exitCode == 0, "\(dropped)")
      let run = "\(directory)/run"
      try train(ranks: 1, ["--preset", "mnist", "--data", dataset, "--run", run, "--epochs", "1"])
      let common = ["evaluate", "--run", run, "--data", dataset, "--samples", "1500"]
      let whole = "\(directory)/whole.json"
      let undisturbed = try mpirun(ranks: 1, "mhvae-dist", common + ["--output", whole])
      #expect(undisturbed.exitCode == 0, "\(undisturbed)")

      let (part, progress) = ("\(directory)/part.json", "\(directory)/part.progress.jsonl")
      func lines() -> Int {
        (try? String(contentsOfFile: progress, encoding: .utf8))?.split(separator: "\n").count ?? 0
      }
      let arguments = common + ["--output", part, "--continue"]
      let stopped = try mpirun(ranks: 2, "mhvae-dist", arguments) { job in
        try job.wait { lines() > 3 }
        kill(try #require(job.children.last), SIGTERM)
      }
      #expect(stopped.exitCode == 75, "\(stopped)")
      #expect(stopped.stdout.contains("stopped by SIGTERM; the same command with --continue goes on"), "\(stopped)")
      let afterStop = lines()
      let killed = try mpirun(ranks: 3, "mhvae-dist", arguments) { job in
        try job.wait { lines() > afterStop + 3 }
        for rank in job.children { kill(rank, SIGKILL) }
      }
      #expect(killed.exitCode != 0 && killed.exitCode != 75, "\(killed)")
      #expect(!FileManager.default.fileExists(atPath: part))

      let other = try TestSupport.run(product("mhvae-dist"), arguments + ["--seed", "2"])
      #expect(other.exitCode == 1 && other.stderr.contains("\(progress) is of another evaluation"), "\(other)")
      let anew = try TestSupport.run(product("mhvae-dist"), common + ["--output", part])
      #expect(anew.exitCode == 1 && anew.stderr.contains("go on with --continue, or remove it"), "\(anew)")
      let before = lines()
      #expect(before > afterStop + 3)
      let last = try mpirun(ranks: 2, "mhvae-dist", arguments)
      #expect(last.exitCode == 0, "\(last)")
      // Other ranks encode other numbers of rows together, which rounds differently.
      #expect(
        try largestDifference(RunFiles.likelihoods(at: part), RunFiles.likelihoods(at: whole)) <= 1e-6)
      func rows(_ path: String) throws -> [Int] {
        try String(contentsOfFile: path, encoding: .utf8).matches(of: #/"rows" : (\d+)/#).compactMap { Int($0.1) }
      }
      #expect(try rows(part) == rows(whole))
      #expect(Set(try rows(whole)).count > 2)
      #expect(!FileManager.default.fileExists(atPath: progress))
    }
  }
}
