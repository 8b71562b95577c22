/// The shape of one row of data or activations.
package enum DataShape: Equatable, Sendable, CustomStringConvertible {
  case flat(Int)
  /// Written (channels, height, width) in files and configurations; kept channels-last in memory.
  case image(channels: Int, height: Int, width: Int)

  /// Number of values in a row.
  package var count: Int {
    switch self {
    case .flat(let width): width
    case .image(let channels, let height, let width): channels * height * width
    }
  }

  /// Whether a PNG can show it.
  package var isPicture: Bool {
    if case .image(let channels, _, _) = self { channels == 1 || channels == 3 } else { false }
  }

  /// `[784]` or `[1, 28, 28]` (channels, height, width).
  package var dimensions: [Int] {
    switch self {
    case .flat(let width): [width]
    case .image(let channels, let height, let width): [channels, height, width]
    }
  }

  package var description: String { dimensions.map(String.init).joined(separator: "x") }

  /// - Returns: nil unless there are one or three dimensions.
  package init?(dimensions: [Int]) {
    switch dimensions.count {
    case 1: self = .flat(dimensions[0])
    case 3: self = .image(channels: dimensions[0], height: dimensions[1], width: dimensions[2])
    default: return nil
    }
  }
}

extension DataShape: Encodable {
  /// As its dimensions.
  package func encode(to encoder: any Encoder) throws { try dimensions.encode(to: encoder) }
}
