import Foundation
import SafeTensors
import TestSupport
import Testing

struct ReaderTests {
  private static func entry(_ type: String = "F32", _ shape: String = "[1]", _ offsets: String = "[0,4]") -> String {
    "{\"dtype\":\"\(type)\",\"shape\":\(shape),\"data_offsets\":\(offsets)}"
  }

  /// A header, the bytes of data that follow it, and what the error must say.
  private static let malformed: [(header: String, dataCount: Int, problem: String)] = [
    ("", 0, "{ was expected"),
    (" {}", 0, "{ was expected"),
    ("[]", 0, "{ was expected"),
    ("{", 0, "\" was expected"),
    ("{}x", 0, "nothing but padding"),
    ("{\"a\":\(entry())", 4, "} was expected"),
    ("{\"a\":\(entry()),}", 4, "\" was expected"),
    ("{\"a\" \(entry())}", 4, ": was expected"),
    ("{\"a\":\(entry()),\"a\":\(entry())}", 4, "the key \"a\" appears twice"),
    ("{\"a\":\(entry()),\"\\u0061\":\(entry())}", 4, "the key \"a\" appears twice"),
    ("{\"__metadata__\":{\"k\":\"1\",\"k\":\"2\"}}", 0, "the key \"k\" appears twice"),
    ("{\"__metadata__\":{},\"__metadata__\":{}}", 0, "the key \"__metadata__\" appears twice"),
    ("{\"__metadata__\":{\"k\":1}}", 0, "\" was expected"),
    ("{\"a\":{\"dtype\":\"F32\",\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}", 4, "appears twice"),
    ("{\"a\":{\"dtype\":\"F32\",\"shape\":[1]}}", 4, "tensor \"a\": dtype, shape and data_offsets were expected"),
    ("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4],\"more\":1}}", 4, "unknown key \"more\""),
    ("{\"a\":\(entry("F33"))}", 4, "tensor \"a\": unknown dtype \"F33\""),
    ("{\"a\":\(entry("F32", "[-1]"))}", 4, "a whole number"),
    ("{\"a\":\(entry("F32", "[1.0]"))}", 4, "] was expected"),
    ("{\"a\":\(entry("F32", "[01]"))}", 4, "a whole number"),
    ("{\"a\":\(entry("F32", "[]", "[0,]"))}", 4, "a whole number"),
    ("{\"a\":\(entry("F32", "[99999999999999999999]"))}", 4, "a whole number"),
    ("{\"a\":\(entry("F32", "[4611686018427387904,4]"))}", 4, "takes more than"),
    ("{\"a\":\(entry("F32", "[2]"))}", 4, "tensor \"a\": F32 of shape [2] takes 8 bytes, but its data_offsets span 4"),
    ("{\"a\":\(entry("F32", "[1]", "[4,0]"))}", 4, "must be a begin and an end, found [4,0]"),
    ("{\"a\":\(entry("F32", "[1]", "[0,4,8]"))}", 4, "must be a begin and an end"),
    ("{\"a\":\(entry("F32", "[1]", "[4,8]"))}", 8, "its data begins at 4, but the data before it ends at 0"),
    ("{\"a\":\(entry()),\"b\":\(entry("F32", "[1]", "[8,12]"))}", 12, "tensor \"b\": its data begins at 8"),
    ("{\"a\":\(entry()),\"b\":\(entry("F32", "[1]", "[2,6]"))}", 6, "tensor \"b\": its data begins at 2"),
    ("{\"a\":\(entry()),\"b\":\(entry())}", 4, "tensor \"b\": its data begins at 0, but the data before it ends at 4"),
    ("{\"a\":\(entry())}", 5, "the header describes 4 bytes of data, the file holds 5"),
    ("{\"a\":\(entry())}", 3, "the header describes 4 bytes of data, the file holds 3"),
    ("{\"\\ud800\":\(entry())}", 4, "half of a surrogate pair"),
    ("{\"\\x\":\(entry())}", 4, "an unknown escape"),
    ("{\"\\u00g0\":\(entry())}", 4, "four hexadecimal digits"),
    ("{\"a\n\":\(entry())}", 4, "a control character"),
    ("{\"a", 0, "a string does not end"),
    ("{\"__metadata__\":{\"checksum\":\"00\"}}", 0, "damaged: its checksum is "),
  ]

  @Test("What the format does not allow is refused, with a reason", arguments: malformed)
  func refused(header: String, dataCount: Int, problem: String) {
    let bytes = file(header: header, data: [UInt8](repeating: 0, count: dataCount))
    let error = #expect(throws: SafeTensorsError.self) {
      try SafeTensorsFile(contents: bytes, requireChecksum: false)
    }
    #expect(error?.description.contains(problem) == true, "\(String(describing: error))")
  }

  @Test(
    "Lengths that do not fit the file are refused",
    arguments: [
      [], [1, 0, 0], [1, 0, 0, 0, 0, 0, 0, 0], [UInt8](repeating: 255, count: 8), [UInt8](repeating: 255, count: 100),
    ] as [[UInt8]])
  func length(bytes: [UInt8]) {
    #expect(throws: SafeTensorsError.self) { try SafeTensorsFile(contents: bytes, requireChecksum: false) }
  }

  @Test("A string that is not UTF-8 is refused")
  func notUTF8() {
    var bytes = file(header: "{\"?\":\(Self.entry())}", data: [0, 0, 0, 0])
    bytes[10] = 0xFF
    let error = #expect(throws: SafeTensorsError.self) {
      try SafeTensorsFile(contents: bytes, requireChecksum: false)
    }
    #expect(error?.problem.contains("not UTF-8") == true)
  }

  @Test("Other writers' files: spaces, any order of keys, escapes, every type, no checksum")
  func lenient() throws {
    let header = """
      { "b" : { "shape" : [ 1 ] , "data_offsets" : [ 2 , 6 ] , "dtype" : "F32" } ,
      "\\u00e9\\ud83d\\ude42\\/" : {"dtype":"BF16","shape":[],"data_offsets":[0,2]} , "__metadata__" : { } }   
      """
    let bytes = file(header: header, data: [1, 2, 0, 0, 0x80, 0x3F])
    let read = try SafeTensorsFile(contents: bytes, requireChecksum: false)
    #expect(read.tensors.map(\.name) == ["é🙂/", "b"])
    #expect(try read.floats(named: "b") == [1])
    let error = #expect(throws: SafeTensorsError.self) {
      try SafeTensorsFile(contents: bytes, requireChecksum: true)
    }
    #expect(error?.description == "there is no checksum in its metadata")
  }

  @Test("Asking for what is not there names the tensor")
  func wrongRequests() throws {
    let read = try SafeTensorsFile(contents: contents(of: sampleWriter()), path: "m.st", requireChecksum: true)
    #expect(throws: SafeTensorsError.self) { try read.bytes(named: "scalar") }
    let missing = #expect(throws: SafeTensorsError.self) { try read.floats(named: "nothing") }
    #expect(missing?.description == "m.st: tensor \"nothing\": not in the file, which holds 5 tensors")
    let other = #expect(throws: SafeTensorsError.self) { try read.floats(named: "flags") }
    #expect(other?.description == "m.st: tensor \"flags\": F32 was expected, found U8")
  }

  @Test("Any single changed byte is noticed, and any lost end")
  func damage() {
    let intact = contents(of: sampleWriter())
    for index in intact.indices {
      var damaged = intact
      damaged[index] ^= 1
      #expect(throws: SafeTensorsError.self, "byte \(index)") {
        try SafeTensorsFile(contents: damaged, requireChecksum: true)
      }
    }
    for count in 0..<intact.count {
      #expect(throws: SafeTensorsError.self, "\(count) bytes") {
        try SafeTensorsFile(contents: Array(intact.prefix(count)), requireChecksum: true)
      }
    }
  }

  @Test("Errors of files name the file")
  func paths() throws {
    try temporaryDirectory { directory in
      let path = directory.appending(path: "missing").path
      let missing = #expect(throws: SafeTensorsError.self) {
        try SafeTensorsFile.read(path: path, requireChecksum: true)
      }
      #expect(missing?.description == "\(path): cannot open: No such file or directory")
      let folder = #expect(throws: SafeTensorsError.self) {
        try SafeTensorsFile.read(path: directory.path, requireChecksum: true)
      }
      #expect(folder?.problem == "not a regular file")
    }
  }
}
