import Foundation
import Packing
import Storage
import Testing

/// Decoded faces outlive an interruption.
@Suite struct InterruptionTests {
  @Test func interruptedRunGoesOn() throws {
    let faces = try CelebAFiles(plain: 600)
    let request = faces.request(partitioned: false)
    try faces.interrupt(request)
    #expect(!FileManager.default.fileExists(atPath: faces.output))
    // A row that was being written when the power went.
    let partial = try #require(FileHandle(forWritingAtPath: faces.partial))
    try partial.seekToEnd()
    try partial.write(contentsOf: Data(repeating: 7, count: 100))
    try partial.close()
    var progress: [PackingProgress] = []
    _ = try packCelebA(request) { progress.append($0) }
    #expect(progress == [.resuming(done: 512, total: 600), .decoded(600, total: 600), .writing])
    #expect(try faces.read(faces.output) == faces.read(faces.file("whole.h5")))
    #expect(!FileManager.default.fileExists(atPath: faces.partial))
  }

  @Test(arguments: ["seed", "image"])
  func otherRequestStartsAnew(change: String) throws {
    let faces = try CelebAFiles(plain: 600)
    var request = faces.request(partitioned: false)
    try faces.interrupt(request)
    if change == "seed" {
      request.seed = 2
    } else {
      try faces.read("\(faces.images)/000001.jpg").write(to: URL(filePath: "\(faces.images)/000002.jpg"))
    }
    var progress: [PackingProgress] = []
    _ = try packCelebA(request) { progress.append($0) }
    #expect(progress == [.startingAnew, .decoded(512, total: 600), .decoded(600, total: 600), .writing])
    let found = try faces.read(faces.output)
    (request.output, request.replacing) = (faces.file("whole.h5"), true)
    _ = try packCelebA(request) { _ in }
    #expect(try faces.read(request.output) == found)
  }

  @Test func otherAttributesUseTheDecodedFaces() throws {
    let faces = try CelebAFiles(plain: 600)
    var request = faces.request(partitioned: false)
    try faces.interrupt(request)
    request.attributeSet = .named(["Male"])
    var first: PackingProgress?
    _ = try packCelebA(request) { first = first ?? $0 }
    #expect(first == .resuming(done: 512, total: 600))
    #expect(try PackedDataset.open(faces.output).modalities[1].classNames == ["Male"])
  }

  @Test func fileOfSomebodyElseStays() throws {
    let faces = try CelebAFiles(plain: 10)
    try faces.write("a letter", "out.h5.partial")
    let complaint = try faces.complaint(faces.request(partitioned: false))
    #expect(complaint.hasPrefix("\(faces.partial): not a file of mhvae-pack"))
    #expect(try faces.read(faces.partial) == Data("a letter".utf8))
  }

  @Test func twoRunsDoNotShareAnOutput() throws {
    let faces = try CelebAFiles(plain: 10)
    let descriptor = open(faces.partial, O_RDWR | O_CREAT, 0o600)
    defer { close(descriptor) }
    try #require(flock(descriptor, LOCK_EX) == 0)
    let complaint = try faces.complaint(faces.request(partitioned: false))
    #expect(complaint.hasPrefix("\(faces.partial): another mhvae-pack is writing"))
  }
}
