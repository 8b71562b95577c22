/// What a family of models is called in configurations and on the command line.
package struct FamilyName: RawRepresentable, Hashable, Sendable, ExpressibleByStringLiteral {
  package let rawValue: String

  package init(rawValue: String) { self.rawValue = rawValue }
  package init(stringLiteral value: String) { rawValue = value }
}

/// What a family of models needs besides its modalities: its keys, read and written. One conformance a family.
package protocol FamilyConfiguration: Equatable, Sendable {
  static var name: FamilyName { get }
  /// What it is, in a sentence for the reference.
  static var meaning: String { get }
  /// Its keys under `model`, beside `family` and `modalities`.
  static var keys: [KeyDescription] { get }
  /// The keys that a modality has in this family only.
  static var modalityKeys: [KeyDescription] { get }
  /// Whether modality latents have a KL of their own to warm up (`training.warm_up.modality`).
  static var hasModalityWarmUp: Bool { get }
  /// Whether it can be trained by several draws a row (`training.objective: iwae`).
  static var hasImportanceWeightedBound: Bool { get }
  /// Whether it draws latents and decodes observations from them. What is not generative has no decoders, and nothing to
  /// generate or to estimate likelihoods with.
  static var isGenerative: Bool { get }
  /// Why it cannot be trained on rows that lack a modality, and what to do; nil if it can.
  static var objectionToGaps: String? { get }

  /// - Parameter reader: the mapping `model`.
  /// - Throws: `ConfigurationError` naming the key that is missing or out of range.
  init(_ reader: ConfigurationReader) throws(ConfigurationError)

  /// Width of the latent that a modality's decoder reads.
  /// - Parameter modality: the modality's mapping.
  func latent(_ modality: ConfigurationReader) throws(ConfigurationError) -> Int
  /// w_i, the probability that a modality's representation is hidden in training.
  func dropout(_ modality: ConfigurationReader) throws(ConfigurationError) -> Double

  /// The family without what changes no more than the proposals of latents: what is compared with published models.
  var asPublished: Self { get }

  /// Checks that its networks fit each other.
  /// - Parameters:
  ///   - modalities: those of the model.
  ///   - representation: width of all encoders' last hidden layers together.
  ///   - path: what its keys lie below: empty, or `model.`.
  func validate(
    _ modalities: [ModalityConfiguration], representation: Int, path: String
  ) throws(ConfigurationError)

  /// What it is read from.
  var entries: [ConfigurationEntry] { get }
  /// What `modalityKeys` are read from.
  func entries(of modality: ModalityConfiguration) -> [ConfigurationEntry]
}

extension FamilyConfiguration {
  package typealias Name = FamilyName

  package static var keys: [KeyDescription] { [] }
  package static var modalityKeys: [KeyDescription] { [] }
  package static var hasModalityWarmUp: Bool { false }
  package static var hasImportanceWeightedBound: Bool { false }
  package static var isGenerative: Bool { true }
  package static var objectionToGaps: String? { nil }

  package var name: FamilyName { Self.name }

  package var asPublished: Self { self }
  package func dropout(_ modality: ConfigurationReader) throws(ConfigurationError) -> Double { 0 }
  package func validate(
    _ modalities: [ModalityConfiguration], representation: Int, path: String
  ) throws(ConfigurationError) {}
  package var entries: [ConfigurationEntry] { [] }
  package func entries(of modality: ModalityConfiguration) -> [ConfigurationEntry] { [] }

  func isEqual(to other: any FamilyConfiguration) -> Bool { (other as? Self) == self }
}
