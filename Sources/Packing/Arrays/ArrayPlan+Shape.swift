import Storage

extension ArrayPlan {
  /// Models know vectors and pictures, [channels, height, width].
  func observationShape() throws(PackingError) -> [Int] {
    let row = rows.rowShape
    if source.hasChannelsLast {
      guard row.count == 3 else {
        throw PackingError(
          file: rows.place, "rows of shape \(row) are no pictures with channels last, [height, width, channels]")
      }
      return [row[2], row[0], row[1]]
    }
    if let shape = source.shape {
      guard product(of: shape) == rows.rowElementCount else {
        throw PackingError(
          file: rows.place, "\(source.name) cannot have shape \(shape): the rows of the array are of shape \(row)")
      }
      return shape
    }
    switch row.count {
    case 0: return [1]
    case 1: return row
    case 2: return [1] + row
    case 3 where !isChannelCount(row[2]) || isChannelCount(row[0]): return row
    default:
      throw PackingError(
        file: rows.place,
        "rows of shape \(row) are no vector and no picture with channels first (numpy.moveaxis"
          + "\(row.count == 3 ? ", or --channels-last \(source.name)" : "")); if they are meant so, give --shape")
    }
  }

  private func isChannelCount(_ extent: Int) -> Bool { extent == 1 || extent == 3 }
}
