import Pictures
import Testing

struct ImageGridTests {
  /// Every value another level, so that a misplaced pixel shows.
  private func values(_ count: Int) -> [Float] { (0..<count).map { Float($0 % 256) / 255 } }

  @Test("A PNG holds every pixel where it belongs", arguments: [1, 3], [1, 2, 3])
  func roundTrip(channels: Int, upscaling: Int) throws {
    let grid = try ImageGrid(count: 5, height: 4, width: 3, channels: channels, columns: 2, upscaling: upscaling)
    let values = values(5 * 4 * 3 * channels)
    let decoded = try decode(grid.png(values))
    #expect(decoded.width == 2 * 3 * upscaling + 2)
    #expect(decoded.height == 3 * 4 * upscaling + 4)
    #expect(decoded.channels == channels)

    var expected = [UInt8](repeating: 128, count: decoded.bytes.count)
    for (index, value) in values.enumerated() {
      let (pixel, channel) = index.quotientAndRemainder(dividingBy: channels)
      let (x, y, image) = (pixel % 3, pixel / 3 % 4, pixel / 12)
      for (dx, dy) in (0..<upscaling * upscaling).map({ ($0 % upscaling, $0 / upscaling) }) {
        let column = image % 2 * (3 * upscaling + 2) + x * upscaling + dx
        let row = image / 2 * (4 * upscaling + 2) + y * upscaling + dy
        expected[(row * decoded.width + column) * channels + channel] = UInt8(value * 255)
      }
    }
    #expect(decoded.bytes == expected)
  }

  @Test("One image has no separator")
  func oneImage() throws {
    let grid = try ImageGrid(count: 1, height: 1, width: 1, channels: 1, columns: 1)
    let decoded = try decode(grid.png([1]))
    #expect((decoded.width, decoded.height) == (1, 1))
    #expect(decoded.bytes == [255])
  }

  @Test("Values are clamped and rounded to the nearest level")
  func levels() throws {
    let grid = try ImageGrid(count: 1, height: 1, width: 5, channels: 1, columns: 1)
    #expect(try grid.picture([-0.5, 0, 0.499, 1, 7]).bytes == [0, 0, 127, 255, 255])
  }

  @Test("An image that is not there leaves its cell grey")
  func absent() throws {
    let grid = try ImageGrid(count: 2, height: 1, width: 2, channels: 1, columns: 2)
    #expect(try grid.picture([0, 0, 0, 1], absent: [0]).bytes == [128, 128, 128, 128, 0, 255])
  }

  @Test("A value that is no number names its image", arguments: [Float.nan, .infinity, -.infinity])
  func notFinite(value: Float) throws {
    let grid = try ImageGrid(count: 2, height: 1, width: 2, channels: 1, columns: 2)
    let error = #expect(throws: PictureError.self) { try grid.png([0, 0, 0, value]) }
    #expect("\(try #require(error))".hasPrefix("image 1 has a value that is "))
  }

  @Test("A wrong number of values is an error", arguments: [0, 3, 5])
  func wrongCount(count: Int) throws {
    let grid = try ImageGrid(count: 2, height: 1, width: 2, channels: 1, columns: 2)
    let error = #expect(throws: PictureError.self) { try grid.png(values(count)) }
    #expect(error?.description == "2 images of 2 values were expected, found \(count) values")
  }

  @Test(
    "Grids that cannot be are refused",
    arguments: [
      (0, 1, 1, 1, 1, 1), (1, 0, 1, 1, 1, 1), (1, 1, -1, 1, 1, 1), (1, 1, 1, 2, 1, 1), (1, 1, 1, 1, 0, 1),
      (1, 1, 1, 1, 1, 0), (1, 2, 1, 1, 1, 1_000_000), (1, 40_000, 40_000, 1, 1, 1), (1, 1, 1, 1, .max, 1),
    ])
  func impossible(count: Int, height: Int, width: Int, channels: Int, columns: Int, upscaling: Int) {
    #expect(throws: PictureError.self) {
      try ImageGrid(
        count: count, height: height, width: width, channels: channels, columns: columns, upscaling: upscaling)
    }
  }
}
