internal import Yams

/// Everything that decides what a run computes: a preset, a file and overrides, resolved into one document.
package struct RunConfiguration: Equatable, Sendable {
  /// What the set-up is called; the paper's figures are looked up by it.
  package var name: String
  package var model: ModelConfiguration
  package var training: TrainingConfiguration
  /// K of the importance-sampled likelihoods when the command line does not say otherwise.
  package var evaluationSamples: Int
}

extension RunConfiguration {
  /// Reads a complete document, such as a run's `config.yaml`, also one that an earlier version wrote.
  /// - Throws: `ConfigurationError` naming the key that is unknown, missing or out of range.
  /// - Parameter families: those its model may be of.
  package init(yaml: String, families: [any FamilyConfiguration.Type]) throws(ConfigurationError) {
    self = try RunConfiguration(RenamedKeys.migrated(try parseYAML(yaml)), families: families)
  }

  init(_ node: Node, families: [any FamilyConfiguration.Type]) throws(ConfigurationError) {
    let reader = try ConfigurationReader(node, path: "", keys: Self.keys)
    name = try reader.value(Keys.name)
    model = try ModelConfiguration(try reader.node("model"), path: "model", families: families)
    training = try TrainingConfiguration(reader, hasModalityWarmUp: type(of: model.family).hasModalityWarmUp)
    guard training.objective == .elbo || type(of: model.family).hasImportanceWeightedBound else {
      throw ConfigurationError(
        key: "training.objective", "the family \(model.family.name.rawValue) is trained with elbo only")
    }
    evaluationSamples = try reader.mapping(Keys.evaluation).value(Keys.samples)
  }

  static let keys = [Keys.name.description, ModelConfiguration.key, TrainingConfiguration.key, Keys.evaluation]

  private enum Keys {
    static let name = ConfigurationKey.word(
      "name", "What the set-up is called. The paper's figures are looked up by it.")
    static let evaluation = KeyDescription.mapping(
      "evaluation", "How it is evaluated.", keys: [samples.description])
    static let samples = ConfigurationKey.integer(
      "samples", in: 1...Int(UInt32.max),
      "K, the draws of an importance-sampled likelihood, when the command line does not say otherwise.")
  }

  /// The complete document; reading it gives this configuration again.
  package var yaml: String {
    get throws {
      try Yams.serialize(
        node: .map([
          ("name", .scalar(name)), ("model", model.node), ("training", training.node),
          ("evaluation", .map([("samples", .scalar(evaluationSamples))])),
        ]), width: 120)
    }
  }
}

/// Keys say what their values are. Only truth values are told from texts in quotes; looking for the other types in every
/// word would take most of the time of reading.
private let resolver = Resolver.basic.appending(.bool)

/// One YAML document as a tree.
/// - Parameter file: where it comes from, for the message.
func parseYAML(_ text: String, from file: String = "") throws(ConfigurationError) -> Node {
  let name = file.isEmpty ? "the document" : file
  do {
    guard let node = try Yams.compose(yaml: text, resolver) else {
      throw ConfigurationError(key: "", "\(name) is empty")
    }
    return try MergeKeys.resolved(node)
  } catch let error as ConfigurationError {
    throw error
  } catch {
    // Yams draws the place on lines of its own; a message is one line.
    let reason = "\(error)".split(separator: "\n").joined(separator: " ")
    throw ConfigurationError(key: "", "\(name) is not valid YAML: \(reason)")
  }
}
