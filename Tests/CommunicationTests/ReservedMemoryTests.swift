import Communication
import Foundation
import Testing

struct ReservedMemoryTests {
  /// Beyond the end of a file there is no memory, as where a file system has promised more than it has.
  @Test("Memory that is not there is noticed instead of ending the process")
  func missing() throws {
    try withMapping(fileBytes: 2 << 16, mappedBytes: 4 << 16) { memory in
      #expect(!reserveSharedMemory(memory))
      #expect(reserveSharedMemory(UnsafeMutableRawBufferPointer(rebasing: memory[..<(2 << 16)])))
    }
  }

  @Test("Every page of it is touched, also the last, wherever the part begins")
  func wholeLength() throws {
    try withMapping(fileBytes: 1 << 16, mappedBytes: 2 << 16) { memory in
      let beyond = memory[((1 << 16) - 5000)..<((1 << 16) + 100)]
      #expect(!reserveSharedMemory(UnsafeMutableRawBufferPointer(rebasing: beyond)))
    }
  }

  private func withMapping(
    fileBytes: Int, mappedBytes: Int, _ body: (UnsafeMutableRawBufferPointer) throws -> Void
  ) throws {
    let path = FileManager.default.temporaryDirectory.appending(path: "mhvae-tests-\(UUID().uuidString)").path
    let descriptor = open(path, O_RDWR | O_CREAT | O_EXCL, 0o600)
    defer {
      close(descriptor)
      unlink(path)
    }
    #expect(ftruncate(descriptor, fileBytes) == 0)
    let base = try #require(mmap(nil, mappedBytes, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0))
    defer { munmap(base, mappedBytes) }
    try body(UnsafeMutableRawBufferPointer(start: base, count: mappedBytes))
  }
}
