import ArgumentParser
import Communication
import Configuration
import Foundation
import Models

extension FamilyName: ExpressibleByArgument {
  public init?(argument: String) {
    self.init(rawValue: argument)
    guard Self.allKnown.contains(argument) else { return nil }
  }

  public static var allValueStrings: [String] { allKnown }

  /// The names of all families, as help lists them.
  static var allKnown: [String] { registeredFamilies.map { $0.name.rawValue } }
}

/// Where a configuration comes from, and what is changed in it.
struct ConfigurationOptions: ParsableArguments {
  @Option(help: "A YAML file laid over the preset; it may hold some keys or all.", completion: .file())
  var config: String?

  @Option(
    name: .customLong("set"),
    help: ArgumentHelp(
      "Set one key, such as training.epochs=3 or model.modalities.image.latent=8. May be repeated.",
      valueName: "key=value"))
  var assignments: [String] = []

  @Option(help: ArgumentHelp("Same as --set training.batch_size: rows of a step over all ranks.", valueName: "rows"))
  var batchSize: Int?

  @Option(help: ArgumentHelp("Same as --set training.learning_rate.", valueName: "rate"))
  var learningRate: Double?

  @Option(help: ArgumentHelp("Same as --set training.seed.", valueName: "number"))
  var seed: Int?

  @Option(
    help: ArgumentHelp(
      "Same as --set training.precision: what products of networks read, \(Precision.allCases.map(\.rawValue).joined(separator: " or ")).",
      valueName: "precision"))
  var precision: Precision?

  @Flag(
    help: ArgumentHelp(
      "Same as --set training.micro_batches=\(Self.reproducibleMicroBatches): 1, 2, 4 and \(Self.reproducibleMicroBatches) ranks train "
        + "the same model to the bit. It takes more time."))
  var reproducible = false

  private static let reproducibleMicroBatches = 8

  /// Lays file and options over a configuration, each later one winning.
  func apply(to source: inout ConfigurationSource) throws {
    if let config {
      guard let data = FileManager.default.contents(atPath: config) else {
        throw CommandError("cannot read the configuration file \(config)")
      }
      try source.merge(yaml: String(decoding: data, as: UTF8.self), from: config)
    }
    for assignment in assignments { try source.set(assignment) }
    try source.set("training.batch_size", to: batchSize)
    try source.set("training.learning_rate", to: learningRate)
    try source.set("training.seed", to: seed)
    try source.set("training.precision", to: precision?.rawValue)
    try source.set("training.micro_batches", to: reproducible ? Self.reproducibleMicroBatches : nil)
  }
}

extension Precision: ExpressibleByArgument {}

extension ConfigurationSource {
  /// Sets a key if there is something to set it to.
  mutating func set(_ key: String, to value: (some CustomStringConvertible)?) throws {
    if let value { try set("\(key)=\(value)") }
  }
}

extension RunConfiguration {
  /// Rank 0 resolves, all ranks get the same: files need not be visible on every host. Collective.
  static func resolved(on world: World, _ resolve: () throws -> RunConfiguration) throws -> RunConfiguration {
    let yaml = world.rank == 0 ? try resolve().yaml : ""
    return try RunConfiguration(yaml: try world.collectives.broadcast(text: yaml, from: 0))
  }
}
