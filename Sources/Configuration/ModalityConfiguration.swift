internal import Yams

/// How values in [0, 1] become the zeros and ones that a Bernoulli likelihood strictly speaks of.
package enum Binarization: String, ConfigurationChoice {
  case none
  case threshold
  case dynamic

  package var meaning: String {
    switch self {
    case .none: "They stay as they are: soft targets."
    case .threshold: "1 above a half, else 0."
    case .dynamic:
      "1 with the value's probability, drawn anew for every row and epoch of training; one fixed draw elsewhere."
    }
  }
}

/// One kind of observation: its data, its likelihood, its latent and its networks.
package struct ModalityConfiguration: Equatable, Sendable {
  package var name: String
  package var shape: DataShape
  package var likelihood: LikelihoodKind
  package var scale: LikelihoodScale
  package var rate: CountLink
  package var exposure: Exposure
  package var binarization: Binarization
  /// Width of the latent that its decoder reads: its own z_i, or one that all modalities share.
  package var latent: Int
  /// lambda_i of eq. (13); `ModelConfiguration.reconstructionWeights` has the numbers.
  package var reconstructionWeight: ReconstructionWeight
  /// w_i, the probability that its representation is hidden in training, as far as the family does such.
  package var dropout: Double
  package var encoder: [LayerConfiguration]
  package var decoder: [LayerConfiguration]
  /// Nil where models see the values as they were packed.
  package var sourceUnit: SourceUnit?

  /// What models see, or give as means, in the unit of the source.
  /// - Parameter values: whole rows in memory order.
  package func inSourceUnit(_ values: [Float]) -> [Float] { sourceUnit?.restored(values) ?? values }
}

extension ModalityConfiguration {
  init(_ node: Node, path: String, family: any FamilyConfiguration) throws(ConfigurationError) {
    let isGenerative = type(of: family).isGenerative
    let keys = Self.keys.filter { isGenerative || $0.name != Keys.decoder.name }
    let reader = try ConfigurationReader(node, path: path, keys: keys + type(of: family).modalityKeys)
    name = try reader.value(Keys.name)
    guard name.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_" || $0 == "-") }),
      !["core", "joint"].contains(name)
    else {
      throw ConfigurationError(
        key: reader.path(of: "name"),
        "expected letters, digits, - and _ (and not \"core\" or \"joint\"), found \"\(name)\"")
    }
    shape = try reader.value(Keys.shape)
    likelihood = try reader.value(Keys.likelihood)
    scale = try reader.value(Keys.scale)
    rate = try reader.value(Keys.rate)
    exposure = try reader.value(Keys.exposure)
    binarization = try reader.value(Keys.binarization)
    latent = try family.latent(reader)
    reconstructionWeight = try reader.value(Keys.reconstructionWeight)
    dropout = try family.dropout(reader)
    encoder = isGenerative || reader.has(Keys.encoder.name) ? try reader.value(Keys.encoder) : []
    decoder = isGenerative ? try reader.value(Keys.decoder) : []
    sourceUnit = try reader.value(SourceUnit.key)
    try sourceUnit?.validate(shape, reader)
    try checkLikelihoodKeys(reader)
  }

  func node(_ family: any FamilyConfiguration) -> Node {
    var pairs: [(String, Node)] = [
      ("name", .scalar(name)), ("shape", .list(shape.dimensions)), ("likelihood", .scalar(likelihood.rawValue)),
    ]
    if likelihood.hasScale { pairs.append(("scale", .scalar(scale))) }
    if likelihood.isOfCounts { pairs += [("rate", .scalar(rate)), ("exposure", .scalar(exposure))] }
    if likelihood == .bernoulli { pairs.append(("binarization", .scalar(binarization.rawValue))) }
    pairs += family.entries(of: self).map(\.pair)
    pairs.append(("reconstruction_weight", .scalar(reconstructionWeight)))
    if !encoder.isEmpty { pairs.append(("encoder", .items(encoder.map(\.node)))) }
    if !decoder.isEmpty { pairs.append(("decoder", .items(decoder.map(\.node)))) }
    if let sourceUnit { pairs.append((SourceUnit.key.name, sourceUnit.node)) }
    return .map(pairs)
  }

  /// Keys that say something of other likelihoods only.
  private func checkLikelihoodKeys(_ reader: ConfigurationReader) throws(ConfigurationError) {
    func check(_ key: String, _ isAllowed: Bool, _ problem: String) throws(ConfigurationError) {
      guard isAllowed else {
        throw ConfigurationError(key: reader.path(of: key), "\(problem), this one is \(likelihood)")
      }
    }
    try check("scale", scale == .unit || likelihood.hasScale, "only gaussian and laplace likelihoods have a scale")
    try check(
      "scale", scale != .perValue || likelihood == .gaussian, "only a gaussian likelihood learns a scale per value")
    try check("rate", rate == .softplus || likelihood.isOfCounts, "only likelihoods of counts have a rate")
    try check("exposure", exposure == .none || likelihood.isOfCounts, "only likelihoods of counts have an exposure")
    try check(
      "binarization", binarization == .none || likelihood == .bernoulli,
      "only a bernoulli likelihood has binary values")
  }
}
