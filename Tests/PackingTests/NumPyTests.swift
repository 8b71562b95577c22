import Foundation
import Packing
import Storage
import TestSupport
import Testing

/// The command as a person meets it, on files that NumPy wrote.
@Suite struct NumPyTests {
  private static let python = TestSupport.python(withModules: ["numpy"])

  private func save(_ program: String, _ files: PackedFiles) throws {
    let text = "import os, numpy as np\nos.chdir('\(files.path)')\n" + program
    let outcome = try run(try #require(Self.python), ["-c", text])
    #expect(outcome.exitCode == 0, "\(outcome)")
  }

  private func pack(_ files: PackedFiles, _ arguments: [String]) throws -> Outcome {
    try run(product("mhvae-pack"), ["arrays", "--output", files.file("out.h5")] + arguments)
  }

  @Test(.enabled(if: Self.python != nil, "needs Python with numpy"))
  func filesOfNumPyAreRead() throws {
    let files = try PackedFiles()
    try save(
      """
      rows = np.arange(40)
      np.save('face.npy', (rows[:, None, None, None] + np.arange(48).reshape(3, 4, 4)).astype(np.uint8))
      np.save('pose.npy', rows[:, None] * np.array([0.5, -2.0]).astype('>f8'))
      np.save('kind.npy', np.eye(4, dtype=np.int16)[rows % 4])
      with open('flag.npy', 'wb') as file:
          np.lib.format.write_array(file, rows % 3 == 0, version=(3, 0))
      np.save('split.npy', np.where(rows < 30, 0, np.where(rows < 35, 1, 2)))
      """, files)
    let outcome = try pack(
      files,
      [
        "--modality", "face=\(files.file("face.npy"))", "--modality", "pose=\(files.file("pose.npy"))",
        "--modality", "kind=\(files.file("kind.npy")):categorical", "--modality", "flag=\(files.file("flag.npy"))",
        "--class-names", "kind=a,b,c,d", "--shape", "pose=2", "--split", files.file("split.npy"),
      ])
    #expect(outcome.exitCode == 0 && outcome.stdout.contains("out, 30 train, 5 validation, 5 test rows"), "\(outcome)")
    let dataset = try PackedDataset.open(files.file("out.h5"))
    #expect(dataset.modalities.map(\.likelihood) == ["bernoulli", "gaussian", "categorical", "categorical"])
    #expect(dataset.modalities.map(\.shape) == [[3, 4, 4], [2], [4], [2]])
    #expect(dataset.modalities[2].classNames == ["a", "b", "c", "d"])
    for split in Split.allCases {
      let rows = try dataset.sourceRows(of: split)
      #expect(try content("face", split, of: dataset) == rows.flatMap { row in (0..<48).map { UInt8(row + $0) } })
      let poses = rows.flatMap { [Float($0) * 0.5, Float($0) * -2] }
      #expect(try content("pose", split, of: dataset) == poses.withUnsafeBytes { Array($0) })
      #expect(try content("kind", split, of: dataset) == rows.map { UInt8($0 % 4) })
      #expect(try content("flag", split, of: dataset) == rows.map { $0 % 3 == 0 ? 1 : 0 })
    }
  }

  @Test(.enabled(if: Self.python != nil, "needs Python with numpy"))
  func everyOptionIsTaken() throws {
    let files = try PackedFiles()
    try save(
      """
      rows = np.arange(40)
      np.savez_compressed('data.npz', id=rows, image=np.zeros((40, 5, 6, 4)) + rows[:, None, None, None] / 40)
      np.save('mask.npy', rows % 4 > 0)
      open('table.csv', 'w').write('id,a,b,part\\n' + ''.join(
          f'{i},{"" if i == 3 else i},{"" if i == 3 else -i},{["train", "test", "validation"][i % 3]}\\n' for i in rows[::-1]))
      np.save('flag.npy', np.where(rows % 2, -9.0, np.where(rows % 3, 1.0, 0.0)))
      """, files)
    let outcome = try pack(
      files,
      [
        "--modality", "image=\(files.file("data.npz")):image", "--channels-last", "image",
        "--present", "image=\(files.file("mask.npy"))", "--modality", "pose=\(files.file("table.csv")):a..b:laplace",
        "--modality", "flag=\(files.file("flag.npy")):bernoulli", "--missing=-9", "--key", "id",
        "--key", "flag=\(files.file("data.npz")):id", "--split", "\(files.file("table.csv")):part",
      ])
    #expect(outcome.exitCode == 0 && outcome.stderr == "", "\(outcome)")
    let dataset = try PackedDataset.open(files.file("out.h5"))
    #expect(dataset.modalities.map(\.likelihood) == ["bernoulli", "laplace", "bernoulli"])
    #expect(dataset.modalities[0].shape == [4, 5, 6] && dataset.modalities[1].classNames == ["a", "b"])
    let (image, pose) = (
      try observations("image", of: dataset, rowCount: 40), try observations("pose", of: dataset, rowCount: 40)
    )
    let flag = try observations("flag", of: dataset, rowCount: 40)
    for row in 0..<40 {
      #expect(row % 4 == 0 ? image[120 * row].isNaN : image[120 * row] == Float(row) / 40)
      #expect(row == 3 ? pose[7].isNaN : pose[2 * row + 1] == -Float(row))
      #expect(row % 2 == 1 ? flag[row].isNaN : flag[row] == (row % 3 == 0 ? 0 : 1))
    }
  }

  @Test(.enabled(if: Self.python != nil, "needs Python with numpy"))
  func warningsAreShown() throws {
    let files = try PackedFiles()
    try save("np.save('x.npy', np.arange(40) % 3 * 2)", files)
    let outcome = try pack(files, ["--quiet", "--modality", "x=\(files.file("x.npy"))"])
    #expect(outcome.exitCode == 0 && outcome.stdout == "")
    #expect(outcome.stderr.hasPrefix("mhvae-pack: warning: x: no row is of class 1, 3;"), "\(outcome)")
  }

  @Test(.enabled(if: Self.python != nil, "needs Python with numpy"))
  func arraysThatCannotBePackedAreExplained() throws {
    for (array, complaint) in [
      ("np.zeros(20, dtype=[('a', 'f4'), ('b', 'i4')])", "[('a', '<f4'), ('b', '<i4')]"),
      ("np.zeros((20, 8, 8, 3), dtype=np.uint8)", "channels first"), ("np.float64(3)", "a single number"),
      ("np.array([['a', 'b']] * 20)", "expected one text a row"), ("np.zeros(20, dtype=complex)", "(<c16)"),
    ] {
      let files = try PackedFiles()
      try save("np.save('x.npy', \(array))", files)
      let outcome = try pack(files, ["--modality", "x=\(files.file("x.npy"))"])
      #expect(outcome.exitCode != 0 && outcome.stderr.contains(complaint), "\(outcome)")
      #expect(outcome.stderr.split(separator: "\n").count == 1, "\(outcome)")
      #expect(!FileManager.default.fileExists(atPath: files.file("out.h5")))
    }
  }

  @Test(arguments: [
    (["--modality", "x"], "--modality is written as in image=x.npy, found \"x\""),
    (["--modality", "x=y.npy:bernouli"], "\"bernouli\" is no likelihood; did you mean \"bernoulli\"?"),
    (["--modality", "x=y.npy", "--shape", "z=3"], "--shape names \"z\", which no --modality does"),
    (["--modality", "x=y.npy", "--shape", "x=3,a"], "--shape wants one extent or three"),
    (["--modality", "x=y.npy", "--shape", "x=3,4"], "--shape wants one extent or three"),
    (["--modality", "x=y.npy", "--class-names", "a,b"], "--class-names is written as in kind=cat,dog"),
    (["--modality", "x=y.npy", "--split", "s.npy", "--test-fraction", "0.1"], "--split gives the splits"),
    (["--modality", "x=y.npy", "--missing", "none"], "--missing wants nan or a number"),
    (["--modality", "x=y.npy", "--size", "x=big"], "--size is a number of pixels from 1 to 4096"),
    (["--modality", "x=y.npy", "--present", "z=m.npy"], "--present names \"z\", which no --modality does"),
    (["--modality", "x=y.npy", "--channels-last", "z"], "--channels-last names \"z\", which no --modality does"),
    (["--modality", "x=y.npy", "--key", "z=i.npy"], "--key names \"z\", which no --modality does"),
    (["--modality", "x=y.npy:gaussian,norm"], "\"norm\" is no option of gaussian"),
    (["--modality", "x=y.npy", "--seed=-1"], "--seed is a whole number from 0 on"),
  ])
  func badArgumentsAreExplained(arguments: [String], complaint: String) throws {
    let outcome = try run(product("mhvae-pack"), ["arrays", "--output", "/nowhere/out.h5"] + arguments)
    #expect(outcome.exitCode != 0 && outcome.stderr.contains(complaint), "\(outcome)")
  }
}
