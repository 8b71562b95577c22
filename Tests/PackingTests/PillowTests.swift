import Foundation
import Packing
import TestSupport
import Testing

/// Decoding and resizing agree with Pillow, which the published preprocessing of CelebA goes by.
@Suite struct PillowTests {
  @Test(arguments: PillowGolden.pictures)
  func resizingIsPillows(golden: PillowGolden) throws {
    let (width, height) = (golden.width, golden.height)
    var pixels: [UInt8] = []
    for y in 0..<height {
      for x in 0..<width {
        let grey = 7 * x + 13 * y + x * y
        for channel in 0..<3 { pixels.append(UInt8((grey + 29 * channel) % 256)) }
      }
    }
    let expected = try bytes(golden.resized)
    #expect(resize(RGBImage(width: width, height: height, bytes: pixels), side: 8) == expected)
  }

  /// torchvision: `int(size * long / short)`, `int(round((length - size) / 2))` with halves to even.
  @Test(arguments: [
    (178, 218, 64, 78, 0, 7), (218, 178, 78, 64, 7, 0), (64, 64, 64, 64, 0, 0), (64, 77, 64, 77, 0, 6),
    (64, 79, 64, 79, 0, 8), (10, 33, 64, 211, 0, 74), (1, 2, 64, 128, 0, 32),
  ])
  func geometryIsTorchvisions(width: Int, height: Int, newWidth: Int, newHeight: Int, left: Int, top: Int) {
    let geometry = ResizeGeometry(width: width, height: height, side: 64)
    #expect(geometry.width == newWidth && geometry.height == newHeight)
    #expect(geometry.columns == left..<(left + 64) && geometry.rows == top..<(top + 64))
  }

  @Test(arguments: [
    (PillowGolden.colourFile, PillowGolden.colourPixels), (PillowGolden.greyFile, PillowGolden.greyPixels),
  ])
  func decodingIsPillows(file: String, pixels: String) throws {
    try temporaryDirectory { directory in
      let path = directory.appending(path: "a.jpg")
      try Data(bytes(file)).write(to: path)
      let image = try JPEGDecoder().decode(file: path.path)
      #expect(image.width == 16 && image.height == 12)
      #expect(largestDifference(image.bytes, try bytes(pixels)) <= 1)
    }
  }

  private static let interpreter = python(withModules: ["PIL", "numpy"])

  /// The published preprocessing, written to a file as bytes, channels first.
  private static let program = """
    import sys, numpy as np
    from PIL import Image
    with open(sys.argv[1], "wb") as out:
        for path in sys.argv[2:]:
            image = Image.open(path).convert("RGB")
            w, h = image.size
            size = (64, int(64 * h / w)) if w <= h else (int(64 * w / h), 64)
            image = image.resize(size, Image.BILINEAR)
            left, top = (int(round((length - 64) / 2.0)) for length in size)
            image = image.crop((left, top, left + 64, top + 64))
            out.write(np.asarray(image).transpose(2, 0, 1).tobytes())
    """

  @Test(
    "Pillow sees the same 64 x 64 faces within a level of grey",
    .enabled(if: interpreter != nil, "needs Python with Pillow and numpy; MHVAE_PYTHON can name one"))
  func facesArePillows() throws {
    let faces = try CelebAFiles(drawn: 12)
    let paths = faces.names.map { faces.images + "/" + $0 }
    let outcome = try run(try #require(Self.interpreter), ["-c", Self.program, faces.file("pixels")] + paths)
    try #require(outcome.exitCode == 0, "\(outcome)")
    let expected = [UInt8](try Data(contentsOf: URL(filePath: faces.file("pixels"))))
    let found = try paths.flatMap { resize(try JPEGDecoder().decode(file: $0), side: 64) }
    #expect(largestDifference(found, expected) <= 1)
  }

  private func bytes(_ text: String) throws -> [UInt8] { [UInt8](try #require(Data(base64Encoded: text))) }

  private func largestDifference(_ a: [UInt8], _ b: [UInt8]) -> Int {
    a.count == b.count ? zip(a, b).map { abs(Int($0) - Int($1)) }.max() ?? 0 : .max
  }
}

/// What a face becomes, channels first.
func resize(_ image: RGBImage, side: Int) -> [UInt8] {
  let geometry = ResizeGeometry(width: image.width, height: image.height, side: side)
  let resampling = Resampling(width: image.width, height: image.height, to: geometry)
  return [UInt8](unsafeUninitializedCapacity: resampling.byteCount) { buffer, count in
    resampling.resize(image.bytes, into: UnsafeMutableBufferPointer(rebasing: buffer[..<resampling.byteCount]))
    count = resampling.byteCount
  }
}
