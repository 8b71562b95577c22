import Configuration
import Testing

struct PresetTests {
  @Test("Every preset resolves and is called what it is found by", arguments: Presets.names)
  func resolves(name: String) throws {
    let configuration = try resolve(name)
    #expect(configuration.name == name)
    #expect(configuration.model.modalities.map(\.name) == ["image", "label"])
    #expect(configuration.model.modalities.map(\.shape.count) == [784, 10])
  }

  @Test("A configuration that is written and read again is the same", arguments: Presets.names)
  func roundTrip(name: String) throws {
    let configuration = try resolve(name, "training.seed=9223372036854775807", "training.learning_rate=1.7e-4")
    #expect(try RunConfiguration(yaml: configuration.yaml) == configuration)
  }

  @Test("So is one with every option that presets leave alone")
  func roundTripOfOptions() throws {
    let configuration = try resolve(
      "mnist",
      "model.modalities.image.likelihood=gaussian", "model.modalities.image.scale=learned",
      "model.modalities.image.reconstruction_weight=0.1", "model.modalities.image.dropout=0.25",
      """
      model.modalities.image.encoder=[{conv: 3, kernel: 5, stride: 3, padding: 2, bias: true, norm: batch},
        {deconv: 2, kernel: 1, activation: relu}, {linear: 12, bias: false, activation: swish}]
      """,
      "model.modalities.image.decoder=[{linear: 784, activation: relu}, {reshape: [1, 28, 28]}, {conv: 1, kernel: 1}]")
    let image = configuration.model.modalities[0]
    #expect((image.scale, image.reconstructionWeight, image.dropout) == (.learned, 0.1, 0.25))
    #expect(image.encoder.map(\.hasBias) == [true, false, false])
    #expect(image.encoder.map(\.activation) == [nil, .relu, .swish])
    #expect(image.encoder.map(\.norm) == [.batch, nil, nil])
    #expect(try RunConfiguration(yaml: configuration.yaml) == configuration)
  }

  @Test("What is left out has its documented default")
  func defaults() throws {
    let image = try resolve("mnist", "model.modalities.image.encoder=[{conv: 3, kernel: 2}, {linear: 4}]").model
      .modalities[0]
    #expect((image.scale, image.reconstructionWeight, image.dropout) == (.unit, 1, 0.5))
    #expect(image.encoder.map(\.hasBias) == [false, true])
    guard case .convolution(channels: 3, let window) = image.encoder[0].operation else {
      Issue.record("expected a convolution, found \(image.encoder[0])")
      return
    }
    #expect([window.kernel, window.stride, window.padding] == [2, 1, 0])
  }

  @Test("A preset that does not exist brings a suggestion")
  func unknownPreset() throws {
    expect(
      try message { _ = try ConfigurationSource(preset: "fashon-mnist") },
      contains: ["no preset \"fashon-mnist\"", "did you mean \"fashion-mnist\"?"])
    expect(
      try message { _ = try ConfigurationSource(preset: "imagenet-22k") },
      contains: ["known here: fashion-mnist, mnist"])
  }
}
