package import Configuration
package import Pictures

/// Pictures of several rows of data, a strip for each kind: column by column what belongs to the same row.
package struct Strips {
  private let modality: ModalityConfiguration
  /// Of each strip the values of its pictures; nil for one that is not there.
  private var strips: [[[Float]?]] = []

  /// Pictures side by side before the strips go on below.
  private static let maximumColumns = 16

  /// - Precondition: the modality is a picture.
  package init(of modality: ModalityConfiguration) { self.modality = modality }

  /// Adds a strip, with as many pictures as the others.
  package mutating func add(_ pictures: [[Float]?]) { strips.append(pictures) }

  /// - Parameter values: of all pictures, one behind another.
  package mutating func add(_ values: [Float]) {
    let size = modality.shape.count
    add(stride(from: 0, to: values.count, by: size).map { Array(values[$0..<$0 + size]) })
  }

  /// - Parameter upscaling: the side of the square that each pixel becomes.
  /// - Throws: `PictureError` when a value is no brightness.
  /// - Precondition: there is a strip.
  package func picture(upscaling: Int = 1) throws(PictureError) -> Picture {
    let count = strips[0].count
    let columns = min(count, Self.maximumColumns)
    // An unfinished last line is filled up with nothing, so that the next strip begins on the left.
    let pictures = stride(from: 0, to: count, by: columns).flatMap { start in
      strips.flatMap { strip in (start..<start + columns).map { $0 < count ? strip[$0] : nil } }
    }
    let nothing = [Float](repeating: 0, count: modality.shape.count)
    return try modality.grid(
      pictures.flatMap { $0 ?? nothing }, columns: columns, upscaling: upscaling,
      absent: Set(pictures.indices.filter { pictures[$0] == nil }))
  }
}
