import Configuration
import Models
import Testing

/// What cannot be used is refused, and the message names the key.
struct ReadingTests {
  private static let refused: [(change: String, key: String, problem: String)] = [
    ("training.epoch=3", "training.epoch", "unknown key; did you mean \"epochs\"?"),
    ("training.optimiser=sgd", "training.optimiser", "unknown key; did you mean \"optimizer\"?"),
    ("training.optimizer=sgd", "training.optimizer", "expected a mapping with the keys name, beta1"),
    ("model.modalities.image.latents=3", "model.modalities.image.latents", "did you mean \"latent\"?"),
    ("model.modalities.image.encoder.0.kernel=3", "model.modalities.image.encoder[0].kernel", "unknown key"),
    ("extra=1", "extra", "unknown key"),
    ("training.epochs=0", "training.epochs", "a whole number from 1 to 4294967295, found \"0\""),
    ("training.epochs=many", "training.epochs", "found \"many\""),
    ("training.epochs=1.5", "training.epochs", "found \"1.5\""),
    ("training.epochs=[1]", "training.epochs", "found a list or mapping"),
    ("training.epochs=99999999999999999999", "training.epochs", "a whole number"),
    ("training.batch_size=1", "training.batch_size", "from 2"),
    ("training.learning_rate=0", "training.learning_rate", "a number above 0, found \"0\""),
    ("training.learning_rate=.inf", "training.learning_rate", "a number above 0"),
    ("training.learning_rate=.nan", "training.learning_rate", "a number above 0"),
    ("training.learning_rate=fast", "training.learning_rate", "found \"fast\""),
    ("training.seed=-1", "training.seed", "of at least 0, found \"-1\""),
    ("training.warm_up.core=0", "training.warm_up.core", "of at least 1"),
    ("training.warm_up=3", "training.warm_up", "a mapping with the keys modality, core"),
    ("training.keep_checkpoints=0", "training.keep_checkpoints", "of at least 1"),
    ("evaluation.samples=0", "evaluation.samples", "from 1"),
    ("model.family=mhva", "model.family", "unknown value \"mhva\"; did you mean \"mhvae\"?"),
    ("model.modalities=3", "model.modalities", "expected a list"),
    ("model.modalities=[]", "model.modalities", "at least one modality"),
    ("model.modalities.label.name=image", "model.modalities", "two modalities are called \"image\""),
    ("model.modalities.label.name=a b", "model.modalities.a b.name", "letters, digits"),
    ("model.modalities.label.name=core", "model.modalities.core.name", "not \"core\""),
    ("model.modalities.label.name=joint", "model.modalities.joint.name", "\"joint\""),
    ("model.modalities.image.shape=[28, 28]", "model.modalities.image.shape", "[channels, height, width]"),
    ("model.modalities.image.shape=[1, 28, 0]", "model.modalities.image.shape", "from 1 to"),
    ("model.modalities.image.likelihood=bernouli", "model.modalities.image.likelihood", "mean \"bernoulli\"?"),
    ("model.modalities.image.scale=learned", "model.modalities.image.scale", "only gaussian and laplace likelihoods"),
    ("model.modalities.image.scale=per_valu", "image.scale", "did you mean \"per_value\"?"),
    ("model.modalities.image.scale=0", "image.scale", "of at least 1e-6, found \"0\""),
    ("model.modalities.image.rate=exp", "model.modalities.image.rate", "only likelihoods of counts"),
    ("model.modalities.image.exposure=total", "model.modalities.image.exposure", "only likelihoods of counts"),
    (
      "model.modalities.image.reconstruction_weight=many", "image.reconstruction_weight",
      "or dimensions, found \"many\""
    ),
    (
      "model.modalities.label.binarization=dynamic", "model.modalities.label.binarization",
      "only a bernoulli likelihood"
    ),
    ("model.modalities.image.binarization=dynamik", "image.binarization", "did you mean \"dynamic\"?"),
    ("model.modalities.image.dropout=1", "model.modalities.image.dropout", "from 0 to 0.99, found \"1\""),
    ("model.modalities.image.reconstruction_weight=-1", "image.reconstruction_weight", "of at least 0"),
    ("model.modalities.image.latent=0", "model.modalities.image.latent", "from 1 to"),
    ("model.modalities.image.encoder=[]", "model.modalities.image.encoder", "at least one layer"),
    (
      "model.modalities.image.encoder.0=512", "model.modalities.image.encoder[0]",
      "one of linear, conv, deconv, reshape"
    ),
    ("model.modalities.image.encoder.1.norm=layer", "model.modalities.image.encoder[1].norm", "known here: batch"),
    ("model.modalities.image.encoder.1.activation=relo", "image.encoder[1].activation", "did you mean \"relu\"?"),
    ("model.modalities.image.encoder.1.bias=perhaps", "image.encoder[1].bias", "true or false, found \"perhaps\""),
    ("model.core.latent=x", "model.core.latent", "a whole number"),
    ("model.core.encoder.2.linear=0", "model.core.encoder[2].linear", "from 1 to"),
  ]

  @Test("Unknown keys, wrong types and wrong ranges", arguments: refused)
  func isRefused(change: String, key: String, problem: String) throws {
    let message = try message { _ = try resolve("mnist", change) }
    expect(message, contains: ["\(key): ", problem])
  }

  private static let incomplete = [
    ("training={epochs: 1}", "training.batch_size"), ("evaluation={}", "evaluation.samples"),
    ("model.core={latent: 3}", "model.core.encoder"), ("model={family: mhvae}", "model.modalities"),
    ("model.modalities=[{name: x}]", "model.modalities.x.shape"),
    ("model.modalities.image.encoder=[{conv: 3}]", "model.modalities.image.encoder[0].kernel"),
  ]

  @Test("A key that is missing", arguments: incomplete)
  func missing(change: String, key: String) throws {
    let message = try message { _ = try resolve("mnist", change) }
    #expect(message == "configuration key \(key): missing")
  }

  @Test("Text that is not YAML, or nothing at all")
  func notYAML() throws {
    expect(try message { _ = try RunConfiguration(yaml: "a: [1,") }, contains: ["not valid YAML"])
    expect(try message { _ = try RunConfiguration(yaml: "") }, contains: ["the document is empty"])
    expect(try message { _ = try RunConfiguration(yaml: "42") }, contains: ["a mapping with the keys name"])
  }
}
