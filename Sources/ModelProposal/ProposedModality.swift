internal import Configuration
internal import Storage

/// What is proposed for one modality of a file.
struct ProposedModality {
  let name: String
  let shape: DataShape
  /// Width of its latent.
  let latent: Int
  private let likelihood: LikelihoodKind
  private let networks: ProposedNetworks

  private static let indent = "      "

  var isOfClasses: Bool { likelihood == .categorical }

  /// - Throws: `ProposalError` when no model takes its shape.
  init(_ description: ModalityDescription) throws(ProposalError) {
    guard let shape = DataShape(dimensions: description.shape) else {
      throw ProposalError(
        "modality \(description.name): its rows have the shape \(description.shape); models take [width] or "
          + "[channels, height, width], so pack it in one of these shapes")
    }
    name = description.name
    self.shape = shape
    likelihood =
      description.encoding == .classIndex
      ? .categorical : LikelihoodKind(rawValue: description.likelihood) ?? .gaussian
    networks = ProposedNetworks(shape)
    latent =
      switch shape.count {
      case ...8: 4
      case ...64: 8
      case ...2048: 16
      case ...8192: 32
      default: 48
      }
  }

  /// Writes its entry in the list of modalities.
  /// - Parameters:
  ///   - largest: values of the largest modality.
  ///   - hasLatent: whether it has a latent of its own.
  func write(to text: inout CommentedText, largest: Int, hasLatent: Bool) {
    let indent = Self.indent
    writeData(to: &text)
    writeScale(to: &text, indent)
    let weight = weight(largest)
    if weight > 1 {
      text.add(
        "\(indent)reconstruction_weight: \(weight)", "\(shape.count) values beside \(largest) would be ignored")
    }
    if hasLatent { text.add("\(indent)latent: \(latent)", "by its \(shape.count) values") }
    text.add("encoder", networks.encoder, indent: indent, networks.reason)
    text.add("decoder", networks.decoder, indent: indent)
  }

  /// Writes its entry for a classifier. Classes need no more than a weight for each.
  func writeClassifier(to text: inout CommentedText) {
    writeData(to: &text)
    if !isOfClasses { text.add("encoder", networks.encoder, indent: Self.indent, networks.reason) }
  }

  private func writeData(to text: inout CommentedText) {
    text.add("    - name: \(name)")
    text.add("\(Self.indent)shape: \(shape.dimensions)")
    text.add("\(Self.indent)likelihood: \(likelihood)", "as the file says")
  }

  private func writeScale(to text: inout CommentedText, _ indent: String) {
    switch (likelihood, shape) {
    case (.gaussian, .flat): text.add("\(indent)scale: per_value", "a learned variance for each value")
    case (.gaussian, .image), (.laplace, _): text.add("\(indent)scale: learned", "one for all values")
    case (.poisson, _), (.negativeBinomial, _):
      text.add("\(indent)rate: exp", "rates of many orders of magnitude")
    case (.bernoulli, _), (.categorical, _): break
    }
  }

  /// Classes tell a few nats, however many pixels are beside them; values tell about as much each.
  private func weight(_ largest: Int) -> Int {
    let ratio = Double(largest) / Double(shape.count)
    return Int(likelihood == .categorical ? min(ratio, 50) : min(ratio.squareRoot(), 10))
  }
}
