/// What a layer is, by the key that says so.
enum LayerKind: String, ConfigurationChoice {
  case linear
  case conv
  case deconv
  case reshape

  var meaning: String {
    switch self {
    case .linear: "A fully connected layer. It flattens an image before it: channel, row, column."
    case .conv: "A convolution of an image."
    case .deconv: "A transposed convolution of an image."
    case .reshape: "Says how the linear layer directly before it arranges its values as an image."
    }
  }

  /// The key that it is recognised by, and those beside it.
  var keys: [KeyDescription] {
    switch self {
    case .linear: [LayerConfiguration.Keys.linear.description] + LayerConfiguration.Keys.finish
    case .conv:
      [LayerConfiguration.Keys.conv.description] + LayerConfiguration.Keys.window + LayerConfiguration.Keys.finish
    case .deconv:
      [LayerConfiguration.Keys.deconv.description] + LayerConfiguration.Keys.window + LayerConfiguration.Keys.finish
    case .reshape: [LayerConfiguration.Keys.reshape.description]
    }
  }
}

extension LayerConfiguration {
  enum Keys {
    static let linear = ConfigurationKey.extent("linear", "The number is its width.")
    static let conv = ConfigurationKey.extent("conv", "The number is that of the channels it gives.")
    static let deconv = ConfigurationKey.extent("deconv", "The number is that of the channels it gives.")
    static let reshape = ConfigurationKey.shape(
      "reshape", "[channels, height, width]", "The list is the shape of the image."
    ) {
      $0.dimensions.count == 3
    }
    static let kernel = ConfigurationKey.integer("kernel", in: 1...1024, "Height and width of the window.")
    static let stride = ConfigurationKey.integer("stride", in: 1...1024, "Places from one window to the next.").or(1)
    static let padding = ConfigurationKey.integer(
      "padding", in: 0...1023, "Zeros around the image, fewer than `kernel`."
    ).or(0)
    static let bias = ConfigurationKey.boolean("bias", "Whether a bias is added, one for each channel.")
      .optional("`true` for `linear`, else `false`")
    static let norm = ConfigurationKey<NormKind>.choice("norm", "What follows first.").optional("no norm")
    static let activation = ConfigurationKey<ActivationKind>.choice("activation", "What follows at the end.")
      .optional("no activation")

    static let window = [kernel.description, stride.description, padding.description]
    static let finish = [bias.description, norm.description, activation.description]
  }
}
