/// Every key of a configuration, for people, as Markdown: written from what the readers read by.
package struct ConfigurationReference {
  private let families: [any FamilyConfiguration.Type]

  /// - Parameter families: those that a model may be of.
  package init(families: [any FamilyConfiguration.Type]) { self.families = families }

  package var markdown: String {
    ([
      Self.introduction, "## The document", table(RunConfiguration.keys, levels: 1), "## `model`",
      table(ModelConfiguration.key.keys), "### Families", "`family` is one of these, each with keys of its own.",
    ] + families.flatMap(family) + [
      "### Modalities", "Entries of the list `modalities`.", table(ModalityConfiguration.keys),
      words(LikelihoodKind.self, of: "likelihood"), words(ScaleWord.self, of: "scale"),
      words(CountLink.self, of: "rate"), words(Exposure.self, of: "exposure"),
      words(Binarization.self, of: "binarization"), "### Layers", Self.aboutLayers,
      table(LayerKind.allCases.map { ($0.keys[0], "\($0.meaning) \($0.keys[0].meaning)") }),
      "`kernel`, `stride` and `padding` belong to `conv` and `deconv`; what follows them to all but `reshape`.",
      table(LayerConfiguration.Keys.window + LayerConfiguration.Keys.finish),
      words(NormKind.self, of: "norm"), words(ActivationKind.self, of: "activation"),
    ] + RunConfiguration.keys.dropFirst(2).flatMap(section))
    .joined(separator: "\n\n") + "\n"
  }

  private static let introduction = """
    <!-- Written by `mhvae-dist configuration`; change the keys in Sources/Configuration and Sources/Models instead. -->
    # Every key of a configuration

    A configuration is a YAML document. A preset is one that is inside the program; `--config FILE` lays another over
    it, which may hold some keys or all, `--set KEY=VALUE` changes one key, and options such as `--epochs` are short for
    that; each later one wins. Mappings merge key by key, lists whose entries have a `name` entry by entry, anything
    else is replaced. Keys are written with dots, `training.warm_up.core`; an entry of a list goes by its name or its
    place, counted from 0: `model.modalities.image.encoder.0.linear`. What results is in the run's `config.yaml`.

    A key that is not listed here is refused, and so is a value outside its range.
    """

  private static let aboutLayers = """
    Networks are lists of layers, each a mapping on one line, such as
    `{conv: 64, kernel: 4, stride: 2, padding: 1, norm: batch, activation: swish}`. One of these keys says what it is:
    """

  private func family(_ type: any FamilyConfiguration.Type) -> [String] {
    let parts = ["#### `\(type.name.rawValue)`", type.meaning, table(type.keys)]
    return type.modalityKeys.isEmpty
      ? parts : parts + ["and in every modality", table(type.modalityKeys)]
  }

  private func words<Value: ConfigurationChoice>(_: Value.Type, of key: String) -> String {
    "| `\(key)` | |\n|---|---|\n"
      + Value.allCases.map { "| `\($0.rawValue)` | \($0.meaning) |" }.joined(separator: "\n")
  }

  private func section(_ key: KeyDescription) -> [String] {
    let parts = ["## `\(key.name)`", table(key.keys)]
    guard key.name == TrainingConfiguration.key.name else { return parts }
    return parts + [
      words(LearningRateSchedule.Name.self, of: "learning_rate_schedule.name"),
      words(OptimizerConfiguration.Name.self, of: "optimizer.name"),
      words(TrainingObjective.Kind.self, of: "objective"),
    ]
  }

  /// - Parameter levels: how many levels of mappings to go into.
  private func table(_ keys: [KeyDescription], levels: Int = .max) -> String {
    table(rows(keys, levels: levels, prefix: "").map { ($0, $0.meaning) })
  }

  private func table(_ rows: [(key: KeyDescription, meaning: String)]) -> String {
    "| key | value | default | meaning |\n|---|---|---|---|\n"
      + rows.map { "| `\($0.name)` | \($0.values) | \($0.fallback ?? "required") | \($1) |" }.joined(separator: "\n")
  }

  private func rows(_ keys: [KeyDescription], levels: Int, prefix: String) -> [KeyDescription] {
    keys.flatMap { key in
      [KeyDescription(prefix + key.name, key.values, fallback: key.fallback, key.meaning)]
        + (levels > 1 ? rows(key.keys, levels: levels - 1, prefix: "\(prefix)\(key.name).") : [])
    }
  }
}
