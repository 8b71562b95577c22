package import Configuration
package import Storage

/// No configuration can be proposed; the text says why and what to do.
package struct ProposalError: Error, CustomStringConvertible {
  package let description: String

  init(_ description: String) { self.description = description }
}

/// A configuration that fits a packed file: a first model to train as it is, and to change. It follows from names,
/// shapes, likelihoods and the number of rows alone, so that equal files get equal texts.
package struct ConfigurationProposal {
  private let name: String
  private let modalities: [ProposedModality]
  private let rows: Int
  private let family: FamilyName

  /// - Throws: `ProposalError` when no model could be trained on the file.
  package init(_ dataset: borrowing PackedDataset, family: FamilyName?) throws(ProposalError) {
    try self.init(
      name: dataset.name, modalities: dataset.modalities, rows: dataset.rowCount(of: .train), family: family)
  }

  /// - Parameters:
  ///   - name: of the dataset.
  ///   - rows: of its training split.
  ///   - family: MHVAE if not said; any other has one latent, but for classifiers, which have none.
  package init(
    name: String, modalities: [ModalityDescription], rows: Int, family: FamilyName?
  ) throws(ProposalError) {
    guard rows >= 2 else {
      throw ProposalError("there are \(rows) training rows, and a batch has at least 2; pack more rows as `train`")
    }
    var proposed: [ProposedModality] = []
    for modality in modalities { proposed.append(try ProposedModality(modality)) }
    (self.name, self.modalities, self.rows) = (name, proposed, rows)
    self.family = family ?? Self.hierarchical
    if self.family == Self.classifier, !proposed.contains(where: \.isOfClasses) {
      throw ProposalError("no modality holds classes, so there are none for a classifier to tell; pack a label")
    }
  }

  private static let hierarchical: FamilyName = "mhvae"
  private static let classifier: FamilyName = "classifier"

  /// The document, with comments. Reading it gives a complete configuration.
  package var yaml: String {
    let isHierarchical = family == Self.hierarchical
    let largest = modalities.map(\.shape.count).max() ?? 1
    var text = CommentedText()
    text.add(
      "# A first model of \(name.replacing("\n", with: " ").replacing("\r", with: " ")) (\(rows) training rows), proposed by mhvae-dist from the file alone."
    )
    text.add("# Train it as it is, or change it: mhvae-dist configuration explains every key.")
    text.add("name: \(isPlain ? name : "\(quoted)")")
    text.add("model:")
    if family == Self.classifier { return text.text + classifierText }
    text.add(
      "  family: \(family.rawValue)", isHierarchical ? "a latent for every modality, and a core above" : "one latent")
    text.add("  modalities:")
    for modality in modalities { modality.write(to: &text, largest: largest, hasLatent: isHierarchical) }
    if isHierarchical {
      writeCore(to: &text)
    } else {
      text.add("  latent: \(widest + core)", "as many as a core and the largest modality's latent together")
    }
    ProposedTraining(rows: rows).write(to: &text, rows: rows, hasModalityWarmUp: isHierarchical)
    return text.text
  }

  /// What follows `model:`.
  private var classifierText: String {
    var text = CommentedText()
    let label = modalities.first(where: \.isOfClasses)?.name ?? ""
    text.add("  family: \(family.rawValue)", "a network for each modality but the label")
    text.add("  label: \(label)", "the first modality of classes")
    text.add("  modalities:")
    for modality in modalities { modality.writeClassifier(to: &text) }
    ProposedTraining(rows: rows, share: 5).write(to: &text, rows: rows, hasModalityWarmUp: false)
    return text.text
  }

  /// The name as a double-quoted scalar of YAML.
  private var quoted: String {
    let escaped = name.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
      .replacing("\r", with: "\\r").replacing("\t", with: "\\t")
    return "\"\(escaped)\""
  }

  private func writeCore(to text: inout CommentedText) {
    let layers = ProposedNetworks.linear(128, count: 2)
    text.add("  core:")
    text.add("    latent: \(core)", "what modalities share is less than each tells")
    text.add("encoder", layers, indent: "    ")
    text.add("generator", layers, indent: "    ")
  }

  private var widest: Int { modalities.map(\.latent).max() ?? 1 }
  private var core: Int { min(max(widest, 8), 16) }

  /// Words that YAML takes for nothing but themselves need no quotes.
  private var isPlain: Bool {
    name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == "_" || $0 == ".") }
      && name.first?.isLetter == true
      && !["true", "false", "yes", "no", "on", "off", "null"].contains(name.lowercased())
  }
}
