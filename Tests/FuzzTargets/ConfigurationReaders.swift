internal import Configuration
internal import DataLoading
internal import Models

/// A whole document, or one laid over another: the first byte says. What is accepted must read again as the same.
func readConfiguration(_ input: [UInt8]) {
  let text = String(decoding: input.dropFirst(), as: UTF8.self)
  var source = base
  if input.first == UInt8(ascii: "+") {
    try? source.merge(yaml: text, from: "input")
  } else {
    guard let whole = try? ConfigurationSource(stored: text, from: "input") else { return }
    source = whole
  }
  if let configuration = try? source.resolve() { check(configuration) }
}

/// One `--set` a line.
func readAssignments(_ input: [UInt8]) {
  var source = base
  for line in input.split(separator: UInt8(ascii: "\n")) {
    try? source.set(String(decoding: line, as: UTF8.self))
  }
  if let configuration = try? source.resolve() { check(configuration) }
}

/// `--given`: the first byte chooses the modality and whether its names are known.
func readObservation(_ input: [UInt8]) {
  let choice = Int(input.first ?? 0)
  let modality = modalities[choice % modalities.count]
  let names = choice < 128 ? [] : (0..<modality.shape.count).map { "name\($0)" }
  let text = String(decoding: input.dropFirst(), as: UTF8.self)
  guard case .values(let values)? = try? TypedObservation(text, of: modality, names: names) else { return }
  precondition(values.count == modality.shape.count, "an observation has as many values as the modality")
}

private func check(_ configuration: RunConfiguration) {
  guard let yaml = try? configuration.yaml, let again = try? RunConfiguration(yaml: yaml) else {
    preconditionFailure("a configuration that was accepted cannot be written and read")
  }
  precondition(again == configuration, "a configuration reads as another one than was written")
}

/// Copied and never changed.
private nonisolated(unsafe) let base: ConfigurationSource = {
  let yaml = """
    name: base
    model:
      family: mhvae
      modalities:
        - {name: image, shape: [1, 4, 4], likelihood: bernoulli, latent: 2, encoder: [{conv: 2, kernel: 2, stride: 2},
           {linear: 2}], decoder: [{linear: 8}, {reshape: [2, 2, 2]}, {deconv: 1, kernel: 2, stride: 2}]}
        - {name: label, shape: [3], likelihood: categorical, latent: 1, encoder: [{linear: 2}], decoder: [{linear: 3}]}
      core: {latent: 2, encoder: [{linear: 2, norm: batch, activation: relu}], generator: [{linear: 2}]}
    training: {epochs: 1, batch_size: 2, learning_rate: 0.1, seed: 1, warm_up: {modality: 1, core: 1},
      keep_checkpoints: 1}
    evaluation: {samples: 2}
    """
  do { return try ConfigurationSource(yaml: yaml) } catch { fatalError("\(error)") }
}()

/// One of each kind.
private let modalities: [ModalityConfiguration] = {
  let networks = "latent: 2, encoder: [{linear: 2}], decoder: [{linear: "
  let yaml = """
    {family: mhvae, core: {latent: 2, encoder: [{linear: 2}], generator: [{linear: 2}]}, modalities: [
    {name: picture, shape: [3, 1, 2], likelihood: bernoulli, \(networks)6}]},
    {name: ink, shape: [2], likelihood: bernoulli, binarization: threshold, \(networks)2}]},
    {name: dots, shape: [2], likelihood: bernoulli, binarization: dynamic, \(networks)2}]},
    {name: label, shape: [4], likelihood: categorical, \(networks)4}]},
    {name: sensor, shape: [3], likelihood: gaussian, \(networks)3}]}]}
    """
  do { return try ModelConfiguration(yaml: yaml).modalities } catch { fatalError("\(error)") }
}()
