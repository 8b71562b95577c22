import Foundation
import SafeTensors
import TestSupport
import Testing

struct RoundTripTests {
  @Test("What is written is read back, through a file")
  func roundTrip() throws {
    let file = try temporaryDirectory { directory in
      let url = directory.appending(path: "model.safetensors")
      try write(sampleWriter(), to: url)
      return try SafeTensorsFile.read(path: url.path, requireChecksum: true)
    }
    #expect(file.tensors.map(\.name) == ["encoder.weight", "flags", "scalar", "empty", "schlüssel \"x\""])
    #expect(file.tensors.map(\.shape) == [[2, 3], [5], [], [0, 4], [1]])
    #expect(file.tensors.map(\.type) == [.float32, .uint8, .float32, .float32, .float32])
    let weight = try file.floats(named: "encoder.weight")
    let expected: [Float] = [1, -0.0, .infinity, .leastNonzeroMagnitude, -2.5, 3e38]
    #expect(weight.map(\.bitPattern) == expected.map(\.bitPattern))
    #expect(try file.bytes(named: "flags") == [0, 1, 2, 254, 255])
    #expect(try file.floats(named: "scalar") == [42])
    #expect(try file.floats(named: "empty") == [])
    #expect(file.metadata["quote \"\\\n\u{1}"] == "é 🙂\t")
    #expect(file.metadata["checksum"]?.count == 64)
    #expect(file.metadata.count == 4)
  }

  @Test("A file without tensors, and one without metadata of its own")
  func empty() throws {
    let file = try SafeTensorsFile(contents: contents(of: SafeTensorsWriter()), requireChecksum: true)
    #expect(file.tensors.isEmpty)
    #expect(Array(file.metadata.keys) == ["checksum"])
  }

  @Test("The data begins at a multiple of eight", arguments: 0..<9)
  func alignment(length: Int) throws {
    var writer = SafeTensorsWriter()
    writer.add(String(repeating: "n", count: length), shape: [1], floats: [1])
    let bytes = contents(of: writer)
    #expect(bytes[1..<8].allSatisfy { $0 == 0 || $0 == 1 })
    #expect((bytes.count - 4) % 8 == 0)
    _ = try SafeTensorsFile(contents: bytes, requireChecksum: true)
  }

  @Test("The same content gives the same bytes")
  func determinism() {
    #expect(contents(of: sampleWriter()) == contents(of: sampleWriter()))
  }

  @Test("Memory is borrowed, and copied back to where it belongs")
  func borrowed() throws {
    let arena = UnsafeMutableBufferPointer<Float>.allocate(capacity: 6)
    defer { arena.deallocate() }
    _ = arena.initialize(from: 1...6 as ClosedRange<Int>, transform: Float.init)
    var writer = SafeTensorsWriter()
    writer.add("slice", shape: [4], borrowing: UnsafeBufferPointer(rebasing: arena[1..<5]))
    let file = try SafeTensorsFile(contents: contents(of: writer), requireChecksum: true)

    arena.update(repeating: 0)
    try file.copyFloats(named: "slice", into: UnsafeMutableBufferPointer(rebasing: arena[2...]))
    #expect(Array(arena) == [0, 0, 2, 3, 4, 5])
    let error = #expect(throws: SafeTensorsError.self) { try file.copyFloats(named: "slice", into: arena) }
    #expect(error?.description == "tensor \"slice\": 6 elements were expected, found shape [4]")
  }

  @Test("Values made on demand are written like those that are there, and made one tensor at a time")
  func made() throws {
    var (made, there) = (SafeTensorsWriter(), SafeTensorsWriter())
    var order: [Int] = []
    for k in 0..<3 {
      made.add("t\(k)", shape: [2, 3]) {
        order.append(k)
        return [Float](repeating: Float(k), count: 6)
      }
      there.add("t\(k)", shape: [2, 3], floats: [Float](repeating: Float(k), count: 6))
    }
    #expect(order.isEmpty)
    #expect(contents(of: made) == contents(of: there))
    // For the checksum, then for the file.
    #expect(order == [0, 1, 2, 0, 1, 2])
  }

  @Test("A descriptor that cannot be written is an error")
  func unwritable() {
    let error = #expect(throws: SafeTensorsError.self) { try sampleWriter().write(to: -1) }
    #expect(error?.problem.hasPrefix("cannot write: ") == true)
  }

  @Test("Mistakes of the program trap: shapes, names, the checksum's key")
  func preconditions() async {
    await #expect(processExitsWith: .failure) {
      var writer = SafeTensorsWriter()
      writer.add("x", shape: [3], floats: [1, 2])
    }
    await #expect(processExitsWith: .failure) {
      var writer = SafeTensorsWriter()
      writer.add("x", shape: [1], floats: [1])
      writer.add("x", shape: [1], floats: [1])
    }
    await #expect(processExitsWith: .failure) { _ = SafeTensorsWriter(metadata: ["checksum": "0"]) }
  }
}

extension UnsafeMutableBufferPointer<Float> {
  fileprivate func initialize(from numbers: ClosedRange<Int>, transform: (Int) -> Float) -> Int {
    initialize(fromContentsOf: numbers.map(transform))
  }
}
