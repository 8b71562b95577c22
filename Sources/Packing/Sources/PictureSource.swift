import Foundation

/// The pictures of a directory: bytes, `[channels, height, width]`, one channel if all of them are grey.
enum PictureSource {
  /// Rows that are decoded before they are written, at most, and the memory that they may take.
  private static let (mostBlockRows, blockByteCount) = (256, 64 << 20)

  /// - Parameters:
  ///   - list: names the pictures in the order of the rows.
  ///   - side: of the squares that they become, as `--size` says; nil if all are of one size already.
  static func open(_ directory: String, list: String?, side: Int?, spoolingIn spools: String) throws -> RowSource {
    let pictures = try PictureList(directory, list: list)
    let workers = Workers(threadCount: ProcessInfo.processInfo.activeProcessorCount)
    let paths = pictures.paths
    let shape = try shape(of: paths, side, workers)
    let byteCount = shape.reduce(1, *)
    let blockRowCount = max(1, min(mostBlockRows, blockByteCount / max(1, byteCount)))
    nonisolated(unsafe) let buffer = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: blockRowCount * byteCount)
    defer { buffer.deallocate() }
    var spool = try SpoolFile(in: spools)
    for first in stride(from: 0, to: paths.count, by: blockRowCount) {
      let count = min(blockRowCount, paths.count - first)
      try workers.forEach(below: count, state: makeDecoder) { decoder, index throws(PackingError) in
        let target = UnsafeMutableBufferPointer(rebasing: buffer[(index * byteCount)..<((index + 1) * byteCount)])
        guard let path = paths[first + index] else { return target.update(repeating: 0) }
        write(try decoder.decode(path), side, into: target)
      }
      try spool.append(UnsafeRawBufferPointer(UnsafeMutableBufferPointer(rebasing: buffer[..<(count * byteCount)])))
    }
    let rows = try RowSource(
      place: "\(directory):\(list ?? "")", element: NPYElement(.uint8), shape: [paths.count] + shape,
      try spool.finish())
    return rows.withPresence(paths.map { $0 != nil })
  }

  private static let makeDecoder: @Sendable () throws(PackingError) -> PictureDecoder = {
    () throws(PackingError) in try PictureDecoder()
  }

  /// Looks at every file, so that one that does not fit shows before the work is done.
  private static func shape(of paths: [String?], _ side: Int?, _ workers: Workers) throws(PackingError) -> [Int] {
    nonisolated(unsafe) let found = UnsafeMutableBufferPointer<PictureDecoder.Description?>
      .allocate(capacity: paths.count)
    found.initialize(repeating: nil)
    defer { found.deallocate() }
    try workers.forEach(below: paths.count, state: makeDecoder) { decoder, index throws(PackingError) in
      if let path = paths[index] { found[index] = try decoder.describe(path) }
    }
    let channels = found.contains { $0?.isGrey == false } ? 3 : 1
    if let side { return [channels, side, side] }
    guard let first = found.indices.first(where: { found[$0] != nil }), let size = found[first] else { return [] }
    for index in found.indices {
      guard let other = found[index], other.width != size.width || other.height != size.height else { continue }
      throw PackingError(
        file: paths[index] ?? "",
        "\(other.width) x \(other.height) pixels, but \(paths[first] ?? "") has \(size.width) x \(size.height); "
          + "--size makes all of them squares of one size")
    }
    return [channels, size.height, size.width]
  }

  /// Resizes and crops if it must, and puts channels first; of a grey picture only the first is kept.
  private static func write(_ image: RGBImage, _ side: Int?, into target: UnsafeMutableBufferPointer<UInt8>) {
    let (width, height) = (image.width, image.height)
    let size = (side ?? height) * (side ?? width)
    let planes = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: 3 * size)
    defer { planes.deallocate() }
    if let side {
      let geometry = ResizeGeometry(width: width, height: height, side: side)
      Resampling(width: width, height: height, to: geometry).resize(image.bytes, into: planes)
    } else {
      for pixel in 0..<size {
        for channel in 0..<3 { planes[channel * size + pixel] = image.bytes[3 * pixel + channel] }
      }
    }
    _ = target.update(fromContentsOf: planes[..<target.count])
  }
}
