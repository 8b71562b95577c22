import Configuration
import Models
import Testing

struct PresetTests {
  @Test("Every preset resolves and is called what it is found by", arguments: Presets.names)
  func resolves(name: String) throws {
    let configuration = try resolve(name)
    #expect(configuration.name == name)
    #expect(configuration.model.modalities.count == 2)
  }

  @Test(
    "Every preset has a twin for each family, alike in all but family, latents and weights", arguments: Presets.names)
  func families(name: String) throws {
    let mhvae = try resolve(name)
    for family in ["jmvae", "mvae"] {
      let twin = try resolve(name, family: family)
      #expect((twin.name, twin.model.family.name.rawValue) == (name, family))
      #expect(twin.model.modalities.map(\.encoder) == mhvae.model.modalities.map(\.encoder))
      #expect(twin.model.modalities.map(\.decoder) == mhvae.model.modalities.map(\.decoder))
      #expect(twin.model.modalities.map(\.likelihood) == mhvae.model.modalities.map(\.likelihood))
      var training = mhvae.training
      training.warmUp.modality = nil
      #expect(twin.training == training)
      #expect(twin.evaluationSamples == mhvae.evaluationSamples)
    }
  }

  @Test("CelebA is as in the paper")
  func celeba() throws {
    let mhvae = try resolve("celeba")
    #expect(mhvae.model.modalities.map(\.name) == ["image", "attributes"])
    #expect(mhvae.model.modalities.map(\.shape.dimensions) == [[3, 64, 64], [18]])
    #expect(mhvae.model.modalities.map(\.latent) == [48, 48])
    #expect(mhvae.model.core?.latent == 16)
    #expect((mhvae.training.epochs, mhvae.training.batchSize, mhvae.training.learningRate) == (50, 128, 1e-4))
    #expect((mhvae.training.warmUp.modality, mhvae.training.warmUp.core) == (5, 10))
    #expect(mhvae.evaluationSamples == 500)
    let mvae = try resolve("celeba", family: "mvae")
    #expect(mvae.model.modalities.map(\.latent) == [64, 64])
    #expect(mvae.model.reconstructionWeights == [1, 10])
  }

  @Test("A family with one latent accepts a warm-up of the others, as older runs state it, and drops it")
  func warmUpOfBaselines() throws {
    let configuration = try resolve("mnist", family: "mvae", "training.warm_up={modality: 3, core: 7}")
    #expect((configuration.training.warmUp.modality, configuration.training.warmUp.core) == (nil, 7))
    #expect(try RunConfiguration(yaml: configuration.yaml) == configuration)
    expect(
      try message { _ = try resolve("mnist", family: "mvae", "training.warm_up.modality=0") },
      contains: ["training.warm_up.modality: ", "of at least 1"])
    expect(
      try message { _ = try resolve("mnist", "training.warm_up={core: 7}") },
      contains: ["training.warm_up.modality: missing"])
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
    #expect((image.scale, image.reconstructionWeight, image.dropout) == (.learned, .factor(0.1), 0.25))
    #expect(image.encoder.map(\.hasBias) == [true, false, false])
    #expect(image.encoder.map(\.activation) == [nil, .relu, .swish])
    #expect(image.encoder.map(\.norm) == [.batch, nil, nil])
    #expect(try RunConfiguration(yaml: configuration.yaml) == configuration)
  }

  @Test("How a modality is binarised is kept, and is not at all if not said")
  func binarization() throws {
    #expect(try resolve().model.modalities.map(\.binarization) == [.none, .none])
    let configuration = try resolve("mnist", "model.modalities.image.binarization=dynamic")
    #expect(configuration.model.modalities.map(\.binarization) == [.dynamic, .none])
    #expect(try RunConfiguration(yaml: configuration.yaml) == configuration)
  }

  @Test("What is left out has its documented default")
  func defaults() throws {
    let image = try resolve("mnist", "model.modalities.image.encoder=[{conv: 3, kernel: 2}, {linear: 4}]").model
      .modalities[0]
    #expect((image.scale, image.reconstructionWeight, image.dropout) == (.unit, .factor(1), 0.5))
    #expect(image.encoder.map(\.hasBias) == [false, true])
    guard case .convolution(channels: 3, let window) = image.encoder[0].operation else {
      Issue.record("expected a convolution, found \(image.encoder[0])")
      return
    }
    #expect([window.kernel, window.stride, window.padding] == [2, 1, 0])
  }

  @Test("A preset that is not for a family says for which it is")
  func unknownFamily() throws {
    expect(
      try message { _ = try ConfigurationSource(preset: "mnist", family: "vae") },
      contains: ["preset \"mnist\" is not for the family vae, but for mhvae, jmvae, mvae"])
  }

  @Test("A preset that does not exist brings a suggestion")
  func unknownPreset() throws {
    expect(
      try message { _ = try ConfigurationSource(preset: "fashon-mnist") },
      contains: ["no preset \"fashon-mnist\"", "did you mean \"fashion-mnist\"?"])
    expect(
      try message { _ = try ConfigurationSource(preset: "imagenet-22k") },
      contains: ["known here: celeba, fashion-mnist, mnist"])
  }
}
