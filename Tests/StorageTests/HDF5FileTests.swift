import Foundation
import Storage
import Testing

@Suite struct HDF5FileTests {
  let directory: TemporaryDirectory
  let path: String

  init() throws {
    directory = try TemporaryDirectory()
    path = directory.file("a.h5")
  }

  @Test func attributesComeBack() throws {
    try HDF5File.writeAtomically(to: path) { file throws(StorageError) in
      try file.createGroup("some/group")
      try file.setAttribute("text", to: "Grüße, \(String(repeating: "x", count: 100_000))")
      try file.setAttribute("empty", to: "")
      try file.setAttribute("texts", to: ["T-shirt/top", "", "Ankle boot"], at: "some/group")
      try file.setAttribute("none", to: [String](), at: "some")
      try file.setAttribute("number", to: -7, at: "some/group")
      try file.setAttribute("numbers", to: [1, 28, Int.max])
      try file.setAttribute("fraction", to: 1.0 / 255)
    }
    let file = try HDF5File.open(path)
    #expect(try file.attribute("text") == "Grüße, \(String(repeating: "x", count: 100_000))")
    #expect(try file.attribute("empty", at: "/") == "")
    #expect(try file.attributeStrings("texts", at: "some/group") == ["T-shirt/top", "", "Ankle boot"])
    #expect(try file.attributeStrings("none", at: "/some") == [])
    #expect(try file.attributeInteger("number", at: "some/group") == -7)
    #expect(try file.attributeIntegers("numbers") == [1, 28, Int.max])
    #expect(try file.attributeDouble("fraction") == 1.0 / 255)
    #expect(try file.hasAttribute("text") && !file.hasAttribute("text", at: "some"))
  }

  @Test(arguments: [[], [0], [1], [7], [8, 9], [3, 0, 2], [5, 1, 4, 2], [70_000, 3]])
  func datasetsComeBack(shape: [Int]) throws {
    let count = shape.reduce(1, *)
    var generator = Generator(state: UInt64(count))
    let doubles = (0..<count).map { _ in Double(generator.next()) / 1e9 - 3 }
    let integers = (0..<count).map { _ in Int32(truncatingIfNeeded: generator.next()) }
    try HDF5File.writeAtomically(to: path) { file throws(StorageError) in
      try file.write(doubles, shape: shape, to: "deep/er/doubles")
      try file.write(doubles.map { Float($0) }, shape: shape, to: "floats")
      try file.write(integers, shape: shape, to: "integers")
    }
    let file = try HDF5File.open(path)
    #expect(try file.readDoubles("deep/er/doubles") == (shape, doubles))
    #expect(try file.readFloats("/floats") == (shape, doubles.map { Float($0) }))
    #expect(try file.readDoubles("integers") == (shape, integers.map { Double($0) }))
    #expect(try file.dataset("integers").elementType == .int32)
    #expect(try file.dataset("deep/er/doubles").shape == shape)
  }

  @Test(arguments: [0..<0, 0..<1, 4..<11, 0..<1000, 999..<1000, 1000..<1000])
  func slicesAreTheRowsAskedFor(rows: Range<Int>) throws {
    let values = (0..<(1000 * 6)).map { Float($0) }
    try HDF5File.writeAtomically(to: path) { file throws(StorageError) in
      let dataset = try file.createDataset("rows", shape: [1000, 2, 3], .float32)
      // In pieces, the last first.
      try dataset.writeRows(from: 600, as: .float32, Array(values[3600...]).span.bytes)
      try dataset.writeRows(from: 0, as: .float32, Array(values[..<3600]).span.bytes)
      try dataset.close()
    }
    var slab = [Float](repeating: -1, count: rows.count * 6)
    let dataset = try HDF5File.open(path).dataset("rows")
    try slab.withUnsafeMutableBytes { try dataset.readRows(rows, as: .float32, into: $0) }
    #expect(slab == Array(values[(rows.lowerBound * 6)..<(rows.upperBound * 6)]))
  }

  @Test func membersAreListedAndFound() throws {
    try HDF5File.writeAtomically(to: path) { file throws(StorageError) in
      try file.write([1.0], shape: [], to: "parameters/core.encoder.0.linear.bias")
      try file.write([1.0], shape: [1], to: "parameters/inner/a")
      try file.write([1.0], shape: [1], to: "other")
      try file.createGroup("parameters/empty")
    }
    let file = try HDF5File.open(path)
    #expect(try file.datasetPaths(under: "parameters") == ["core.encoder.0.linear.bias", "inner/a"])
    #expect(try file.datasetPaths() == ["other", "parameters/core.encoder.0.linear.bias", "parameters/inner/a"])
    #expect(try file.memberNames(of: "/parameters") == ["core.encoder.0.linear.bias", "empty", "inner"])
    #expect(try file.exists("parameters/inner") && file.exists("/") && file.exists("parameters/inner/a"))
    #expect(try !file.exists("parameters/inner/b") && !file.exists("nowhere/at/all"))
  }

  @Test func equalContentMakesEqualBytes() throws {
    for name in ["one.h5", "two.h5"] {
      try HDF5File.writeAtomically(to: directory.file(name)) { file throws(StorageError) in
        try file.setAttribute("text", to: ["a", "b"])
        try file.write([Int64](0..<500), shape: [500], to: "group/values")
      }
      Thread.sleep(forTimeInterval: 1.1)  // A time stamp would differ.
    }
    #expect(try bytes(of: directory.file("one.h5")) == bytes(of: directory.file("two.h5")))
  }

  @Test func threadsTakeTurns() async throws {
    let values = [Double](repeating: 2, count: 1000)
    try HDF5File.writeAtomically(to: path) { file throws(StorageError) in
      try file.write(values, shape: [1000], to: "values")
    }
    let path = path
    let failures = await withTaskGroup(of: Int.self) { group in
      for _ in 0..<8 {
        group.addTask {
          (0..<50).count { _ in
            guard let file = try? HDF5File.open(path), let read = try? file.readDoubles("values") else { return true }
            let error = #expect(throws: StorageError.self) { try file.readDoubles("nothing") }
            return read.values != values || error?.kind != .missing
          }
        }
      }
      return await group.reduce(0, +)
    }
    #expect(failures == 0)
  }
}
