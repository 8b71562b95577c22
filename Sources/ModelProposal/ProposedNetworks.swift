internal import Configuration

/// The networks of a modality, by the shape of its observations.
struct ProposedNetworks {
  let encoder: [String]
  let decoder: [String]
  /// Why they are as they are.
  let reason: String

  /// Pictures with fewer rows or columns have little that a convolution could share.
  private static let leastExtent = 16

  init(_ shape: DataShape) {
    switch shape {
    case .image(let channels, let height, let width) where min(height, width) >= Self.leastExtent:
      self.init(Halvings(channels: channels, height: height, width: width))
    default: self.init(values: shape.count)
    }
  }

  /// - Returns: `count` fully connected layers with batch norm, as in the presets.
  static func linear(_ width: Int, count: Int) -> [String] {
    [String](repeating: "linear: \(width), norm: batch, activation: leaky_relu", count: count)
  }

  private init(values: Int) {
    let width = values <= 32 ? 128 : values <= 512 ? 256 : 512
    encoder = Self.linear(width, count: 2)
    decoder = Self.linear(width, count: 2) + ["linear: \(values)"]
    reason = "fully connected, \(width) wide for \(values) values"
  }

  private init(_ halvings: Halvings) {
    let representation = halvings.valueCount <= 2048 ? 128 : 512
    let dense = "linear: \(representation), activation: swish"
    encoder = halvings.convolutions + [dense]
    decoder = [dense] + halvings.transposedConvolutions(from: representation)
    reason = "convolutions, each of which halves height and width"
  }
}

/// The extents of a picture that is halved until it is small.
private struct Halvings {
  private let channels: Int
  /// Height and width, those of the picture first.
  private var extents: [(height: Int, width: Int)]

  /// Of a fully connected layer: 32 MiB, a quarter of what training keeps of it.
  private static let mostWeights = 1 << 23

  var valueCount: Int { channels * extents[0].height * extents[0].width }

  init(channels: Int, height: Int, width: Int) {
    self.channels = channels
    extents = [(height, width)]
    while let (height, width) = extents.last, min(height, width) >= 8 { extents.append((height / 2, width / 2)) }
  }

  private func channels(_ level: Int) -> Int { level == 0 ? channels : min(32 << min(level - 1, 3), 256) }

  /// As in the presets: none for two levels, at all but the first for more.
  private func norm(_ level: Int) -> String { extents.count > 3 && level > 1 ? ", norm: batch" : "" }

  var convolutions: [String] {
    extents.indices.dropFirst().map { level in
      "conv: \(channels(level)), kernel: 4, stride: 2, padding: 1\(norm(level)), activation: swish"
    }
  }

  /// From the smallest extents that lead back to the picture's. Where these are large, there are as many channels as
  /// `mostWeights` allow, which a convolution spreads over the usual number.
  /// - Parameter representation: width of what the first layer reads.
  func transposedConvolutions(from representation: Int) -> [String] {
    guard start > 0 else { return ["linear: \(valueCount)"] }
    let (height, width) = extents[start]
    let first = min(channels(start), max(1, Self.mostWeights / (representation * height * width)))
    let layers = [
      "linear: \(first * height * width), activation: swish", "reshape: [\(first), \(height), \(width)]",
    ]
    let spread =
      first == channels(start)
      ? [] : ["deconv: \(channels(start)), kernel: 3, stride: 1, padding: 1, activation: swish"]
    return layers + spread
      + (0..<start).reversed().map { level in
        "deconv: \(channels(level)), kernel: \(isOdd(level) ? 5 : 4), stride: 2, padding: 1"
          + (level == 0 ? "" : (extents.count > 3 ? ", norm: batch" : "") + ", activation: swish")
      }
  }

  /// A square kernel of 4 doubles height and width, one of 5 adds one to both: from a level whose height is even and
  /// whose width is odd, or the other way round, no transposed convolution leads up.
  private var start: Int {
    extents.indices.dropLast().first { extents[$0].height % 2 != extents[$0].width % 2 } ?? extents.count - 1
  }

  private func isOdd(_ level: Int) -> Bool { extents[level].height % 2 == 1 }
}
