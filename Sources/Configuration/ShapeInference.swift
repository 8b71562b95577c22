extension LayerConfiguration {
  /// The shape this layer gives for rows of shape `input`.
  ///
  /// A linear layer flattens its input (channel, row, column).
  /// - Throws: `ConfigurationError` naming `path` when the layer does not fit its input.
  package func outputShape(from input: DataShape, path: String) throws(ConfigurationError) -> DataShape {
    switch operation {
    case .linear(let width):
      return .flat(width)
    case .reshape(let shape):
      guard shape.count == input.count else {
        throw ConfigurationError(
          key: path, "reshape to \(shape) needs \(shape.count) values, the layer before gives \(input.count)")
      }
      return shape
    case .convolution(let channels, let window):
      let (height, width) = try Self.imageSize(of: input, path: path)
      return .image(
        channels: channels, height: try window.convolved(height, path), width: try window.convolved(width, path))
    case .deconvolution(let channels, let window):
      let (height, width) = try Self.imageSize(of: input, path: path)
      return .image(
        channels: channels, height: try window.deconvolved(height, path), width: try window.deconvolved(width, path))
    }
  }

  private static func imageSize(of shape: DataShape, path: String) throws(ConfigurationError) -> (Int, Int) {
    guard case .image(_, let height, let width) = shape else {
      throw ConfigurationError(
        key: path, "expected an image as input, the layer before gives \(shape) values; put a reshape between them")
    }
    return (height, width)
  }
}

extension LayerConfiguration {
  /// Keeps the number of weights a number, which is at most 2^20 times that of the values of a patch.
  fileprivate func checkPatch(of input: DataShape, path: String) throws(ConfigurationError) {
    let (channels, kernel) =
      switch (operation, input) {
      case (.convolution(_, let window), .image(let channels, _, _)): (channels, window.kernel)
      case (.deconvolution(let channels, let window), _): (channels, window.kernel)
      default: (1, 1)
      }
    // Both are at most 2^20.
    guard channels * kernel <= 1 << 28, channels * kernel * kernel <= 1 << 28 else {
      throw ConfigurationError(
        key: path, "\(channels) channels under a kernel of \(kernel) x \(kernel) are more than 2^28 values")
    }
  }
}

extension LayerConfiguration.Window {
  fileprivate func convolved(_ size: Int, _ path: String) throws(ConfigurationError) -> Int {
    guard size + 2 * padding >= kernel else {
      throw ConfigurationError(key: path, "kernel \(kernel) is larger than its padded input of \(size + 2 * padding)")
    }
    return try checked((size + 2 * padding - kernel) / stride + 1, path)
  }

  fileprivate func deconvolved(_ size: Int, _ path: String) throws(ConfigurationError) -> Int {
    let result = (size - 1) * stride + kernel - 2 * padding
    guard result >= 1 else { throw ConfigurationError(key: path, "padding \(padding) leaves no output") }
    return try checked(result, path)
  }

  /// Keeps the product of three extents a number.
  private func checked(_ extent: Int, _ path: String) throws(ConfigurationError) -> Int {
    guard extent <= ConfigurationReader.largestExtent else {
      throw ConfigurationError(key: path, "its output is \(extent) pixels wide or high, more than 2^20")
    }
    return extent
  }
}

extension [LayerConfiguration] {
  /// The shape that the whole list gives for rows of shape `input`.
  /// - Throws: `ConfigurationError` naming the first layer that does not fit.
  package func outputShape(from input: DataShape, path: String) throws(ConfigurationError) -> DataShape {
    try Self.checkCount(of: input, path: path)
    var shape = input
    for (index, layer) in enumerated() {
      let path = "\(path)[\(index)]"
      if case .reshape = layer.operation { try checkReshape(at: index, path: path) }
      try layer.checkPatch(of: shape, path: path)
      shape = try layer.outputShape(from: shape, path: path)
      try Self.checkCount(of: shape, path: path)
    }
    return shape
  }

  private static func checkCount(of shape: DataShape, path: String) throws(ConfigurationError) {
    guard shape.count <= 1 << 28 else {
      throw ConfigurationError(key: path, "\(shape) are \(shape.count) values a row, more than 2^28")
    }
  }

  /// A reshape says how the layer before it arranges its output. Only a linear layer has a choice: its rows are stored
  /// so that the image comes out channels last. The values of anything else lie where they lie.
  private func checkReshape(at index: Int, path: String) throws(ConfigurationError) {
    if index > 0, case .linear = self[index - 1].operation { return }
    throw ConfigurationError(key: path, "a reshape must come directly after a linear layer")
  }
}
