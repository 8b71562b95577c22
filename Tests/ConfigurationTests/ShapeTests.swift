import Configuration
import Testing

struct ShapeTests {
  private static let refused: [(preset: String, change: String, key: String, problems: [String])] = [
    (
      "mnist", "model.modalities.image.decoder.3.linear=780", "model.modalities.image.decoder",
      ["modality image: decoder ends with 780 values, data has 784"]
    ),
    (
      "mnist", "model.modalities.label.decoder.3.linear=11", "model.modalities.label.decoder",
      ["modality label: decoder ends with 11 values, data has 10"]
    ),
    (
      "fashion-mnist", "model.modalities.image.decoder.4.deconv=2", "model.modalities.image.decoder",
      ["decoder ends with 1568 values, data has 784"]
    ),
    (
      "mnist",
      "model.modalities.image.decoder=[{linear: 784}, {reshape: [4, 14, 14]}, {conv: 4, kernel: 1}]",
      "model.modalities.image.decoder", ["decoder ends with an image of 4x14x14, data has 1x28x28"]
    ),
    (
      "fashion-mnist", "model.modalities.image.decoder.2.reshape=[64, 7, 8]", "model.modalities.image.decoder[2]",
      ["needs 3584 values", "gives 3136"]
    ),
    (
      "mnist", "model.modalities.label.encoder.0={conv: 3, kernel: 3}", "model.modalities.label.encoder[0]",
      ["expected an image as input, the layer before gives 10 values; put a reshape between them"]
    ),
    (
      "mnist", "model.core.encoder.1={deconv: 3, kernel: 3}", "model.core.encoder[1]", ["expected an image as input"]
    ),
    (
      "mnist", "model.core.generator.0={conv: 3, kernel: 3}", "model.core.generator[0]", ["expected an image as input"]
    ),
    (
      "fashion-mnist", "model.modalities.image.encoder.0.kernel=31", "model.modalities.image.encoder[0]",
      ["kernel 31 is larger than its padded input of 30"]
    ),
    (
      "fashion-mnist", "model.modalities.image.encoder.0.padding=4", "model.modalities.image.encoder[0].padding",
      ["must be smaller than the kernel, 4"]
    ),
    (
      "mnist", "model.modalities.label.encoder=[{linear: 2}, {reshape: [2, 1, 1]}, {deconv: 1, kernel: 2, padding: 1}]",
      "model.modalities.label.encoder[2]", ["padding 1 leaves no output"]
    ),
    (
      "mnist", "model.modalities.image.decoder.0={reshape: [16]}", "model.modalities.image.decoder[0].reshape",
      ["expected [channels, height, width]"]
    ),
  ]

  @Test("Layers that do not fit are refused, with both numbers", arguments: refused)
  func isRefused(preset: String, change: String, key: String, problems: [String]) throws {
    let message = try message { _ = try resolve(preset, change) }
    expect(message, contains: ["configuration key \(key): "] + problems)
  }

  private static let enormous = [
    ("[{deconv: 1048576, kernel: 8, stride: 1024}]", "encoder[0]: 1048576x27656x27656 are"),
    (
      "[{deconv: 1, kernel: 64, stride: 64}, {deconv: 1, kernel: 1, stride: 1024}]",
      "encoder[1]: its output is 1833985 pixels wide or high, more than 2^20"
    ),
    (
      "[{linear: 1048576}, {reshape: [1048576, 1, 1]}, {conv: 1048576, kernel: 1024, padding: 1023}]",
      "encoder[2]: 1048576 channels under a kernel of 1024 x 1024 are more than 2^28 values"
    ),
  ]

  @Test("Layers so large that no number counts their values are refused", arguments: enormous)
  func tooLarge(list: String, problem: String) throws {
    expect(
      try message { _ = try resolve("mnist", "model.modalities.image.encoder=\(list)") },
      contains: ["model.modalities.image.\(problem)"])
  }

  @Test("So is data, and a product of extents that overflows")
  func dataTooLarge() throws {
    let message = try message {
      _ = try resolve(
        "mnist", "model.modalities.image.shape=[1, 16384, 16384]",
        "model.modalities.image.encoder=[{deconv: 1048576, kernel: 8, stride: 1024}]")
    }
    expect(message, contains: ["model.modalities.image.encoder[0]: its output is 16776200 pixels wide or high"])
    let data = "model.modalities.image.shape=[1048576, 1048576, 1048576]"
    expect(
      try ConfigurationTests.message { _ = try resolve("mnist", data) },
      contains: ["1048576x1048576x1048576 are 1152921504606846976 values a row, more than 2^28"])
  }

  private static let misplacedReshapes = [
    (0, "[{reshape: [784, 1, 1]}, {linear: 8}]"),
    (1, "[{conv: 1, kernel: 1}, {reshape: [4, 14, 14]}, {linear: 8}]"),
    (1, "[{deconv: 1, kernel: 1}, {reshape: [4, 14, 14]}, {linear: 8}]"),
    (2, "[{linear: 8}, {reshape: [8, 1, 1]}, {reshape: [2, 2, 2]}, {linear: 8}]"),
  ]

  @Test("A reshape anywhere but directly after a linear layer is refused", arguments: misplacedReshapes)
  func misplacedReshape(index: Int, list: String) throws {
    let message = try message { _ = try resolve("mnist", "model.modalities.image.encoder=\(list)") }
    #expect(
      message == "configuration key model.modalities.image.encoder[\(index)]: "
        + "a reshape must come directly after a linear layer")
  }

  @Test("Directly after a linear layer, with or without norm and activation, it is fine")
  func reshape() throws {
    let list = "[{linear: 8, norm: batch, activation: swish}, {reshape: [2, 2, 2]}, {conv: 3, kernel: 2}]"
    let encoder = try resolve("mnist", "model.modalities.image.encoder=\(list)").model.modalities[0].encoder
    let shape = try encoder.outputShape(from: .flat(784), path: "x")
    #expect(shape == .image(channels: 3, height: 1, width: 1))
  }

  private static let windows: [(layer: String, size: Int)] = [
    ("{conv: 5, kernel: 4, stride: 2, padding: 1}", 14), ("{conv: 5, kernel: 4, padding: 0}", 25),
    ("{conv: 5, kernel: 3, stride: 2}", 13), ("{conv: 5, kernel: 1, stride: 3}", 10),
    ("{deconv: 5, kernel: 4, stride: 2, padding: 1}", 56), ("{deconv: 5, kernel: 4}", 31),
    ("{deconv: 5, kernel: 1, stride: 3}", 82),
  ]

  @Test("Windows over 28 x 28 pixels give the size that their kernel, stride and padding say", arguments: windows)
  func sizes(layer: String, size: Int) throws {
    let encoder = try resolve("mnist", "model.modalities.image.encoder=[\(layer)]").model.modalities[0].encoder
    let shape = try encoder.outputShape(from: .image(channels: 1, height: 28, width: 28), path: "x")
    #expect(shape == .image(channels: 5, height: size, width: size))
  }
}
