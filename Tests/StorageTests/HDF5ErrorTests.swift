import Foundation
import Storage
import Testing

@Suite struct HDF5ErrorTests {
  let directory: TemporaryDirectory
  let path: String

  init() throws {
    directory = try TemporaryDirectory()
    path = directory.file("a.h5")
    try HDF5File.writeAtomically(to: path) { file throws(StorageError) in
      try file.write((0..<100_000).map { Double($0) }, shape: [1000, 100], to: "train/image")
      try file.setAttribute("text", to: "here")
      try file.setAttribute("texts", to: ["one", "two"])
    }
  }

  @Test func missingFileNamesTheSystemsReason() throws {
    let error = try storageError { _ = try HDF5File.open(directory.file("none.h5")) }
    #expect(error.kind == .missing)
    #expect(error.description.hasPrefix("open \(directory.file("none.h5")): No such file or directory. "))
  }

  @Test func directoryIsNotAFile() throws {
    let error = try storageError { _ = try HDF5File.open(directory.path) }
    #expect(error.description == "open \(directory.path): Is a directory")
  }

  @Test func foreignFileIsNamedSo() throws {
    try writeAtomically(bytes: Array("not HDF5 at all, but longer than a signature".utf8), to: path)
    let error = try storageError { _ = try HDF5File.open(path) }
    #expect(error.call == "H5Fopen" && error.path == path)
    #expect(error.details.last == "file signature not found")
    #expect(error.advice?.contains("not an HDF5 file") == true)
  }

  @Test func truncatedFileIsNamedSo() throws {
    let whole = try bytes(of: path)
    try writeAtomically(bytes: whole.prefix(whole.count / 2), to: path)
    let error = try storageError { _ = try HDF5File.open(path) }
    #expect(error.details.joined().contains("truncated file"))
    #expect(error.advice?.contains("incomplete") == true)
  }

  @Test func damagedChunkCarriesTheErrorStack() throws {
    let pattern = withUnsafeBytes(of: (Double(500), Double(501))) { Array($0) }
    try damage(pattern, in: path)
    let file = try HDF5File.open(path)
    let error = try storageError { _ = try file.readDoubles("train/image") }
    #expect(error.call == "H5Dread" && error.object == "train/image")
    #expect(error.details.first == "can't read data" && error.details.count > 1)
    #expect(error.details.joined().contains("Fletcher32"))
    #expect(error.description.hasPrefix("H5Dread \"train/image\" of \(path): can't read data < "))
  }

  @Test func missingObjectsAreNamed() throws {
    let file = try HDF5File.open(path)
    let dataset = try storageError { _ = try file.readFloats("train/label") }
    #expect(dataset.description == "\"train/label\" of \(path): there is no such dataset")
    let attribute = try storageError { _ = try file.attribute("nothing", at: "train") }
    #expect(attribute.description == "\"attribute nothing at train\" of \(path): there is no such attribute")
    #expect(try storageError { _ = try file.attribute("text", at: "nowhere") }.kind == .missing)
    #expect(try storageError { _ = try file.datasetPaths(under: "nowhere") }.kind == .missing)
  }

  /// Written by h5py with `compression="lzf"`.
  @Test func missingFilterIsNamedWhenADatasetIsOpened() throws {
    let path = Bundle.module.bundleURL.appending(path: "Files/lzf.h5").path
    let file = try HDF5File.open(path)
    let error = try storageError { _ = try file.dataset("train/image") }
    #expect(error.kind == .format && error.object == "train/image")
    #expect(
      error.details == [
        "its chunks are packed by the filter lzf (number 32000), which the HDF5 library here does not have"
      ])
    #expect(error.advice?.contains("compression=\"gzip\"") == true && error.advice?.contains("h5repack") == true)
  }

  /// Left by an h5py that was killed (`libver="v110"`).
  @Test func fileWhoseWriterDiedIsNamedSo() throws {
    let path = Bundle.module.bundleURL.appending(path: "Files/writer-died.h5").path
    let error = try storageError { _ = try HDF5File.open(path) }
    #expect(error.call == "H5Fopen")
    #expect(error.advice?.contains("died while it did. If none does: h5clear -s \(path)") == true, "\(error)")
  }

  @Test func wrongTypesAreErrors() throws {
    let file = try HDF5File.open(path)
    #expect(try storageError { _ = try file.attributeInteger("text") }.kind == .format)
    #expect(try storageError { _ = try file.attribute("texts") }.details == ["expected one value, found 2"])
  }

  /// What a lock of another process looks like; Lustre and NFS refuse in the same words.
  @Test(.enabled(if: ProcessInfo.processInfo.environment["HDF5_USE_FILE_LOCKING"] == nil, "locking is set by hand"))
  func refusedLockAdvises() throws {
    let descriptor = open(path, O_RDONLY)
    defer { close(descriptor) }
    try #require(flock(descriptor, LOCK_SH) == 0)
    _ = try HDF5File.open(path)  // Readers share.
    try #require(flock(descriptor, LOCK_EX) == 0)
    let error = try storageError { _ = try HDF5File.open(path) }
    #expect(error.advice?.contains("HDF5_USE_FILE_LOCKING=FALSE") == true)
  }
}
