import Foundation
import SafeTensors
import TestSupport
import Testing

/// The reference implementation must read our files, and we its.
struct PythonTests {
  private static let interpreter = python(withModules: ["numpy", "safetensors"])

  /// Prints what it found, and recomputes the checksum as the README defines it.
  private static let reader = """
    import hashlib, json, sys
    from safetensors import safe_open
    raw = open(sys.argv[1], "rb").read()
    size = int.from_bytes(raw[:8], "little")
    header = json.loads(raw[8:8 + size])
    metadata = header.pop("__metadata__")
    quote = lambda text: json.dumps(text, ensure_ascii=False)
    lines = [f"metadata {quote(k)} {quote(v)}\\n" for k, v in sorted(metadata.items()) if k != "checksum"]
    for name, t in sorted(header.items(), key=lambda item: item[1]["data_offsets"]):
        lines.append(f"tensor {quote(name)} {t['dtype']} {json.dumps(t['shape'], separators=(',', ':'))}\\n")
    digest = hashlib.sha256("".join(lines).encode() + raw[8 + size:]).hexdigest()
    print(digest == metadata["checksum"])
    with safe_open(sys.argv[1], "numpy") as f:
        for name in sorted(f.keys()):
            t = f.get_tensor(name)
            print(name, t.dtype, list(t.shape), t.flatten().tolist())
        print(f.metadata()["quote \\"\\\\\\n\\x01"])
    """

  private static let writer = """
    import sys, numpy
    from safetensors.numpy import save_file
    save_file({"b": numpy.arange(6, dtype="float32").reshape(2, 3), "a": numpy.array([1, 2], dtype="uint8"),
               "half": numpy.ones(3, dtype="float16"), "none": numpy.zeros((0, 2), dtype="float32")},
              sys.argv[1], metadata={"by": "Python é"})
    """

  @Test("Python reads our files", .enabled(if: interpreter != nil, "needs Python with numpy and safetensors"))
  func pythonReads() throws {
    try temporaryDirectory { directory in
      let url = directory.appending(path: "ours.safetensors")
      try write(sampleWriter(), to: url)
      let outcome = try run(try #require(Self.interpreter), ["-c", Self.reader, url.path])
      #expect(outcome.exitCode == 0, "\(outcome)")
      #expect(
        outcome.stdout == """
          True
          empty float32 [0, 4] []
          encoder.weight float32 [2, 3] [1.0, -0.0, inf, 1.401298464324817e-45, -2.5, 3.0000000054977558e+38]
          flags uint8 [5] [0, 1, 2, 254, 255]
          scalar float32 [] [42.0]
          schlüssel "x" float32 [1] [7.0]
          é 🙂\t

          """, "\(outcome)")
    }
  }

  @Test("We read Python's files", .enabled(if: interpreter != nil, "needs Python with numpy and safetensors"))
  func pythonWrites() throws {
    try temporaryDirectory { directory in
      let path = directory.appending(path: "theirs.safetensors").path
      let outcome = try run(try #require(Self.interpreter), ["-c", Self.writer, path])
      try #require(outcome.exitCode == 0, "\(outcome)")
      let file = try SafeTensorsFile.read(path: path, requireChecksum: false)
      #expect(Set(file.tensors.map(\.name)) == ["a", "b", "half", "none"])
      #expect(try file.floats(named: "b") == [0, 1, 2, 3, 4, 5])
      #expect(try file.bytes(named: "a") == [1, 2])
      #expect(file.tensors.first { $0.name == "half" }?.type == .float16)
      #expect(file.metadata == ["by": "Python é"])
    }
  }
}
