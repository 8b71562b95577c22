import Foundation
import Storage
import Testing

@Suite struct AtomicFileTests {
  let directory: TemporaryDirectory
  let target: String

  init() throws {
    directory = try TemporaryDirectory()
    target = directory.file("target")
  }

  @Test(arguments: [0, 1, 100_000])
  func bytesArriveAndReplace(count: Int) throws {
    try writeAtomically(bytes: [1, 2, 3], to: target)
    let content = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    try writeAtomically(bytes: content, to: target)
    #expect(try bytes(of: target) == content)
    #expect(try directory.names == ["target"])
  }

  @Test func nothingShowsBeforeCommit() throws {
    try writeAtomically(bytes: [1], to: target)
    do {
      let file = try AtomicFile.begin(target: target)
      try Data([9]).write(to: URL(fileURLWithPath: file.temporaryPath))
      #expect(try bytes(of: target) == [1])
      #expect(try directory.names.count == 2)
    }
    #expect(try bytes(of: target) == [1])
    #expect(try directory.names == ["target"], "a dropped file leaves its temporary")
  }

  @Test func failedBodyLeavesTheOldFile() throws {
    try writeAtomically(bytes: [1], to: target)
    let error = try storageError {
      try HDF5File.writeAtomically(to: target) { file throws(StorageError) in
        try file.write([1.0], shape: [1], to: "a")
        try file.write([1.0], shape: [1], to: "a")
      }
    }
    #expect(error.call == "H5Dcreate2" && error.path == target)
    #expect(try bytes(of: target) == [1])
    #expect(try directory.names == ["target"])
  }

  @Test func targetIsKeptUnlessReplacing() throws {
    try writeAtomically(bytes: [1], to: target)
    #expect(try storageError { _ = try AtomicFile.begin(target: target, replacing: false) }.kind == .exists)
    let late = try AtomicFile.begin(target: directory.file("late"), replacing: false)
    try writeAtomically(bytes: [2], to: directory.file("late"))
    do {
      try late.commit()
      Issue.record("a file that came in between was replaced")
    } catch { #expect(error.kind == .exists) }
    #expect(try bytes(of: directory.file("late")) == [2])
    #expect(try directory.names == ["late", "target"])
  }

  @Test func missingDirectorySaysSo() throws {
    let path = directory.file("none/target")
    let error = try storageError { try writeAtomically(bytes: [1], to: path) }
    #expect(error.description.hasPrefix("open \(path): No such file or directory. Check"))
  }

  @Test func otherThanRegularFilesAreNotReplaced() throws {
    let error = try storageError { try writeAtomically(bytes: [1], to: directory.path) }
    #expect(error.details == ["exists and is not a regular file"])
    #expect(try storageError { try writeAtomically(bytes: [1], to: "/dev/null") }.kind == .exists)
  }

  @Test(.enabled(if: geteuid() != 0, "root may write everywhere"))
  func missingPermissionSaysSo() throws {
    chmod(directory.path, 0o500)
    defer { chmod(directory.path, 0o700) }
    let error = try storageError { try writeAtomically(bytes: [1], to: target) }
    #expect(error.details == ["Permission denied"])
  }

  @Test("What a killed program left is removed, what someone is writing and other files are not")
  func abandonedFiles() throws {
    // Downloads of others have such names.
    let others = [".hidden", ".download.partial", ".x.12.partial", "data.partial", "target"]
    for name in others + [".target.1-a.partial"] { try Data([1]).write(to: URL(filePath: directory.file(name))) }
    try writeAtomically(to: target) { descriptor in
      removeAbandonedFiles(in: directory.path)
      let names = try directory.names
      #expect(names.count == others.count + 1 && Set(others).isSubset(of: names), "\(names)")
      #expect(!names.contains(".target.1-a.partial"))
    }
    #expect(try directory.names.sorted() == others.sorted())
  }

  /// A size limit makes every write past it fail, as a full disk does.
  @Test func failedWriteLeavesTheOldFile() async {
    await #expect(processExitsWith: .success) {
      let directory = try TemporaryDirectory()
      let target = directory.file("target")
      try writeAtomically(bytes: [1], to: target)
      signal(SIGXFSZ, SIG_IGN)
      var limit = rlimit(rlim_cur: 65_536, rlim_max: 65_536)
      try #require(setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit) == 0)
      let plain = try storageError { try writeAtomically(bytes: [UInt8](repeating: 7, count: 1_000_000), to: target) }
      #expect(plain.description == "write \(target): File too large")
      let library = try storageError {
        try HDF5File.writeAtomically(to: target) { file throws(StorageError) in
          try file.write([Float](repeating: 7, count: 1_000_000), shape: [1_000_000], to: "a")
        }
      }
      #expect(library.details.last == "file write failed: File too large")
      let packed = try storageError {
        try SampleDataset(rowCounts: [.train: 5_000]).write(to: target, replacing: true)
      }
      #expect(packed.description.contains("File too large") && !packed.description.contains("\n"))
      #expect(try bytes(of: target) == [1])
      #expect(try directory.names == ["target"])
    }
  }
}
