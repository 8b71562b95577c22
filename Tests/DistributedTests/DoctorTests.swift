import Foundation
import TestSupport
import Testing

/// The doctor on real ranks, and what training says of the same.
@Suite(.serialized) struct DoctorTests {
  @Test("One report names ranks, libraries and what models need", arguments: [1, 2])
  func report(ranks: Int) throws {
    let outcome = try mpirun(ranks: ranks, "mhvae-dist", ["doctor"])
    #expect(outcome.exitCode == 0, "\(outcome)")
    let words = [
      "\(ranks) rank\(ranks == 1 ? "" : "s") on 1 host", "HDF5 1.", "OpenBLAS ", "threads: FUNNELED", "/dev/shm",
      "celeba",
    ]
    for word in words { #expect(outcome.stdout.components(separatedBy: word).count >= 2, "\(word): \(outcome)") }
    #expect(outcome.stdout.components(separatedBy: "processor: ").count == 2, "said once: \(outcome)")
  }

  @Test("Without a launcher it works, too")
  func alone() throws {
    let outcome = try run(product("mhvae-dist"), ["doctor", "--preset", "mnist"])
    #expect(outcome.exitCode == 0 && outcome.stdout.contains("not started: no launcher"), "\(outcome)")
    #expect(outcome.stdout.contains("mnist") && !outcome.stdout.contains("celeba"), "\(outcome)")
  }

  @Test("More threads than cores are a warning in the report, in JSON and at the start of training")
  func tooManyThreads() throws {
    let cores = ProcessInfo.processInfo.activeProcessorCount
    let threads = ["--threads", "\(cores)"]
    let outcome = try mpirun(ranks: 2, "mhvae-dist", ["doctor", "--json"] + threads)
    #expect(outcome.exitCode == 0, "\(outcome)")
    let object = try JSONSerialization.jsonObject(with: Data(outcome.stdout.utf8)) as? [String: Any]
    let ranks = try #require(object?["ranks"] as? [[String: Any]])
    #expect(ranks.compactMap { $0["rank"] as? Int } == [0, 1])
    #expect(ranks.allSatisfy { $0["threads"] as? Int == cores })
    let warnings = try #require(object?["warnings"] as? [[String: Any]]).compactMap { $0["kind"] as? String }
    #expect(warnings.contains("too_many_threads"), "\(warnings)")
    try SyntheticDigits.withDataset(trainingRows: 200) { directory, dataset in
      let training = try mpirun(
        ranks: 2, "mhvae-dist",
        ["train", "--preset", "mnist", "--data", dataset, "--run", "\(directory)/run", "--epochs", "1"] + threads)
      #expect(training.exitCode == 0, "\(training)")
      #expect(training.stdout.contains("2 ranks on 1 host, \(cores) threads each"), "\(training)")
      #expect(training.stdout.contains("gradients shared within the host"), "\(training)")
      #expect(training.stderr.contains("2 ranks with \(cores) OpenBLAS threads each share"), "\(training)")
    }
  }

  @Test("Data that cannot be read, a directory that cannot be written and a batch too small are warnings")
  func files() throws {
    try SyntheticDigits.withDataset(trainingRows: 200) { directory, dataset in
      let fine = try mpirun(
        ranks: 2, "mhvae-dist", ["doctor", "--preset", "mnist", "--data", dataset, "--run", "\(directory)/runs/new"])
      #expect(!fine.stdout.contains("training would end"), "\(fine)")
      #expect(!FileManager.default.fileExists(atPath: "\(directory)/runs"), "the doctor leaves nothing behind")
      let missing = try mpirun(ranks: 2, "mhvae-dist", ["doctor", "--data", "\(directory)/none.h5"])
      #expect(missing.exitCode == 0 && missing.stdout.contains("none.h5"), "\(missing)")
      let small = try mpirun(
        ranks: 3, "mhvae-dist", ["doctor", "--preset", "mnist", "--data", dataset, "--batch-size", "2"])
      #expect(small.exitCode == 0 && small.stdout.contains("smaller than the 3 ranks"), "\(small)")
    }
  }
}
