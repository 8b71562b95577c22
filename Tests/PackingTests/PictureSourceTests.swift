import Foundation
import Packing
import Storage
import TestSupport
import Testing

/// Directories of pictures that Pillow wrote.
@Suite struct PictureSourceTests {
  private static let python = TestSupport.python(withModules: ["numpy", "PIL"])

  /// Writes pictures, lists of them, and what Pillow sees, channels first.
  private static let program = """
    import os, sys, numpy as np
    from PIL import Image
    os.chdir(sys.argv[1])
    rng, rows = np.random.default_rng(1), 30
    for kind in ["colour", "grey", "sizes"]:
        os.mkdir(kind)
        names, seen = [], []
        for row in range(rows):
            size = (20, 16) if kind != "sizes" else (rng.integers(9, 40), rng.integers(9, 40))
            if kind == "grey":
                image = Image.fromarray(rng.integers(0, 256, size, dtype=np.uint8))
                if row % 3 == 1: image = image.convert("1")
            else:
                image = Image.fromarray(rng.integers(0, 256, (*size, 3), dtype=np.uint8))
                if row % 4 == 1: image = image.quantize(16)
                if row % 4 == 2: image.putalpha(77)
            name = f"{kind}/p{rows - row}." + ("jpg" if row % 5 == 0 else "png")
            if name.endswith("jpg"): image = image.convert("L" if kind == "grey" else "RGB")
            image.save(name, **({"quality": 95} if name.endswith("jpg") else {}))
            image = Image.open(name).convert("L" if kind == "grey" else "RGB")
            if kind == "sizes":
                w, h = image.size
                new = (8, int(8 * h / w)) if w <= h else (int(8 * w / h), 8)
                image = image.resize(new, Image.BILINEAR)
                left, top = (int(round((length - 8) / 2.0)) for length in new)
                image = image.crop((left, top, left + 8, top + 8))
            pixels = np.asarray(image)
            seen.append(pixels[None] if pixels.ndim == 2 else pixels.transpose(2, 0, 1))
            names.append(os.path.basename(name))
        np.asarray(seen, np.float32).tofile(kind + ".expected")
        open(kind + ".txt", "w").write("".join(name + "\\n" for name in names))
        with open(kind + ".csv", "w") as file:
            file.write("id,file\\n" + "".join(f"{i},{os.path.splitext(name)[0]}\\n" for i, name in enumerate(names)))
            file.write(f"{rows},\\n")
    """

  private func written() throws -> PackedFiles {
    let files = try PackedFiles()
    let outcome = try run(try #require(Self.python), ["-c", Self.program, files.path])
    try #require(outcome.exitCode == 0, "\(outcome)")
    return files
  }

  @Test(.enabled(if: Self.python != nil, "needs Python with numpy and Pillow"))
  func picturesAreThoseThatPillowSees() throws {
    let files = try written()
    for (kind, shape) in [("colour", [3, 20, 16]), ("grey", [1, 20, 16]), ("sizes", [3, 8, 8])] {
      for list in [".txt", ".csv:file"] {
        var source = try ArraySource(name: "x", parsing: files.file("\(kind):\(files.file(kind + list))"))
        source.side = kind == "sizes" ? 8 : nil
        var request = files.request([source])
        request.replacing = true
        _ = try packArrays(request) { _ in }
        let dataset = try PackedDataset.open(files.file("out.h5"))
        #expect(dataset.modalities[0].shape == shape && dataset.modalities[0].likelihood == "bernoulli")
        let found = try observations("x", of: dataset, rowCount: 30)
        let expected = try files.bytes(kind + ".expected").withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
        let furthest = zip(found, expected).map { abs($0 * 255 - $1) }.max() ?? .infinity
        #expect(found.count == expected.count && furthest <= 1.001, "\(kind)\(list): \(furthest)")
      }
    }
  }

  @Test(.enabled(if: Self.python != nil, "needs Python with numpy and Pillow"))
  func badDirectoriesAreExplained() throws {
    let files = try written()
    func complaint(_ text: String, side: Int? = nil) throws -> String {
      var source = try ArraySource(name: "x", parsing: text)
      source.side = side
      return try files.complaint { _ = try packArrays(files.request([source])) { _ in } }
    }
    #expect(try complaint(files.file("grey")).hasPrefix("grey: a directory has no order; name a list of its pictures"))
    let sizes = "\(files.file("sizes")):\(files.file("sizes.txt"))"
    #expect(try complaint(sizes).hasSuffix("; --size makes all of them squares of one size"))
    #expect(
      try complaint("\(files.file("grey")):\(files.file("colour.csv")):id").hasPrefix(
        "grey/0: there is no such picture"))
    try FileManager.default.removeItem(atPath: files.file("grey/p4.png"))
    #expect(
      try complaint("\(files.file("grey")):\(files.file("grey.txt"))")
        == "grey/p4.png: there is no such picture, though row 26 of grey.txt names it; leave its cell empty where a row "
        + "has none")
    try files.write(Array(try files.bytes("colour/p29.png").prefix(60)), "colour/p29.png")
    #expect(
      try complaint("\(files.file("colour")):\(files.file("colour.txt"))").hasPrefix(
        "colour/p29.png: a damaged PNG file"))
    try files.write([1, 2, 3], "colour/p29.png")
    #expect(
      try complaint("\(files.file("colour")):\(files.file("colour.txt"))").hasPrefix("colour/p29.png: not a JPEG file"))
    #expect(try complaint(files.file("sizes.csv") + ":id", side: 8).contains("x is no directory of pictures"))
  }
}
