package import Configuration
package import Pictures

/// Pictures of several rows of data, a strip for each kind: column by column what belongs to the same row.
package struct Strips {
  private let modality: ModalityConfiguration
  /// Of each strip the values of all its pictures.
  private var strips: [[Float]] = []

  /// Pictures side by side before the strips go on below.
  private static let maximumColumns = 16

  /// - Precondition: the modality is a picture.
  package init(of modality: ModalityConfiguration) { self.modality = modality }

  /// Adds a strip, with as many pictures as the others.
  package mutating func add(_ values: [Float]) { strips.append(values) }

  /// - Parameter upscaling: the side of the square that each pixel becomes.
  /// - Throws: `PictureError` when a value is no brightness.
  /// - Precondition: there is a strip.
  package func picture(upscaling: Int = 1) throws(PictureError) -> Picture {
    let size = modality.shape.count
    let count = strips[0].count / size
    let columns = min(count, Self.maximumColumns)
    // An unfinished last line is filled up with black, so that the next strip begins on the left.
    let values = stride(from: 0, to: count, by: columns).flatMap { start in
      strips.flatMap { strip in
        let part = strip[start * size..<min(start + columns, count) * size]
        return part + [Float](repeating: 0, count: columns * size - part.count)
      }
    }
    return try modality.grid(values, columns: columns, upscaling: upscaling)
  }
}
