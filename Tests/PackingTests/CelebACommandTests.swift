import Foundation
import TestSupport
import Testing

/// The program as a person runs it.
@Suite struct CelebACommandTests {
  private func pack(_ faces: CelebAFiles, _ options: String...) throws -> Outcome {
    try run(
      product("mhvae-pack"),
      ["celeba", "--images", faces.images, "--attributes", faces.attributes, "--output", faces.output] + options)
  }

  @Test func drawnFacesArePackedAndVerified() throws {
    try temporaryDirectory { directory in
      let (path, output) = (directory.path, directory.path + "/out.h5")
      let drawn = try run(product("mhvae-pack"), ["synthetic", "celeba", "--count", "20", "--output-dir", path])
      #expect(drawn.exitCode == 0 && drawn.stdout == "\(path): 20 drawn faces\n", "\(drawn)")
      let packed = try run(
        product("mhvae-pack"),
        [
          "celeba", "--images", "\(path)/img_align_celeba", "--attributes", "\(path)/list_attr_celeba.txt",
          "--partition", "\(path)/list_eval_partition.txt", "--output", output, "--threads", "2",
        ])
      #expect(
        packed.exitCode == 0 && packed.stdout.contains("celeba, 16 train, 2 validation, 2 test rows"), "\(packed)")
      let verified = try run(product("mhvae-pack"), ["verify", output])
      #expect(verified.exitCode == 0 && verified.stdout.contains("sound"), "\(verified)")
    }
  }

  @Test func goingOnIsSaid() throws {
    let faces = try CelebAFiles(plain: 600)
    // The program's seed is 1 unless given.
    try faces.interrupt(faces.request(partitioned: false, seed: 1))
    let outcome = try pack(faces, "--attribute-set", "all")
    #expect(outcome.exitCode == 0 && outcome.stdout.hasPrefix("resuming at image 512 of 600\n"), "\(outcome)")
  }

  @Test func badInputIsOneLine() throws {
    let faces = try CelebAFiles(plain: 10)
    let misspelt = try pack(faces, "--attribute-set", "Mail")
    #expect(misspelt.exitCode != 0)
    #expect(
      misspelt.stderr
        == "mhvae-pack: error: \(faces.attributes): there is no attribute \"Mail\"; did you mean \"Male\"?\n")
    for (option, value) in [("--threads", "0"), ("--limit", "0"), ("--seed", "-1")] {
      let outcome = try pack(faces, "\(option)=\(value)")
      #expect(outcome.exitCode != 0 && outcome.stderr.hasPrefix("mhvae-pack: error: \(option) is"), "\(outcome)")
      #expect(outcome.stderr.count { $0 == "\n" } == 1, "\(outcome)")
    }
    try faces.write("mine", "out.h5")
    let existing = try pack(faces, "--attribute-set", "all")
    #expect(existing.stderr.hasSuffix("the file exists already. Give --force to replace it\n"), "\(existing)")
  }
}
