import Configuration
import Evaluation
import Pictures
import Storage

/// Pictures of several rows of data, a strip for each kind: column by column what belongs to the same row.
struct Strips {
  private let modality: ModalityConfiguration
  /// Of each strip the values of all its pictures.
  private var strips: [[Float]] = []

  /// Pictures side by side before the strips go on below.
  private static let maximumColumns = 16

  init(of modality: ModalityConfiguration) { self.modality = modality }

  mutating func add(_ values: [Float]) { strips.append(values) }

  /// Writes a PNG.
  /// - Parameter count: pictures in each strip.
  func write(count: Int, to path: String) throws {
    guard case .image(let channels, let height, let width) = modality.shape else {
      preconditionFailure("\(modality.name) is no picture")
    }
    let columns = min(count, Self.maximumColumns)
    let size = modality.shape.count
    // An unfinished last line is filled up with black, so that the next strip begins on the left.
    let values = stride(from: 0, to: count, by: columns).flatMap { start in
      strips.flatMap { strip in
        let part = strip[start * size..<min(start + columns, count) * size]
        return part + [Float](repeating: 0, count: columns * size - part.count)
      }
    }
    let grid = try ImageGrid(
      count: values.count / size, height: height, width: width, channels: channels, columns: columns, upscaling: 2)
    try writeAtomically(bytes: try grid.png(values), to: path)
  }
}
