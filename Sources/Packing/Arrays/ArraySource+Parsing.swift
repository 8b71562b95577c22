import Console

/// `NAME=FILE[:WHERE][:LIKELIHOOD[,OPTION...]]`.
extension ArraySource {
  /// - Parameter text: what comes behind the name. Its last part is a likelihood if it begins with the word of one.
  package init(name: String, parsing text: String) throws(PackingError) {
    let (place, words) = Self.split(text)
    self.init(name: name, path: place, likelihood: words.first.flatMap { Likelihood(rawValue: $0) })
    try checkItem(text)
    for option in words.dropFirst() { try set(option, text) }
    try finishLevels(text)
  }

  private static func split(_ text: String) -> (place: String, words: [String]) {
    guard let colon = text.lastIndex(of: ":") else { return (text, []) }
    let words = text[colon...].dropFirst().split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    return Likelihood(rawValue: words[0]) == nil ? (text, []) : (String(text[..<colon]), words)
  }

  /// A `.npy` file holds one array, so what stands behind it was to be a likelihood.
  private func checkItem(_ text: String) throws(PackingError) {
    let known = Likelihood.allCases.map(\.rawValue)
    var word = location.item
    if location.kind != .npy {
      guard let item = word, let colon = item.lastIndex(of: ":") else { return }
      word = String(item[colon...].dropFirst())
      guard Suggestion.phrase(for: word ?? "", among: known).hasPrefix("did you mean") else { return }
    }
    guard let word else {
      guard location.kind == .npy, !location.path.hasSuffix(".npy"), let colon = location.path.lastIndex(of: ":")
      else { return }
      throw Self.unknown(String(location.path[colon...].dropFirst()), text, known)
    }
    throw Self.unknown(word, text, known)
  }

  private static func unknown(_ word: String, _ text: String, _ known: [String]) -> PackingError {
    let first = word.split(separator: ",").first.map(String.init) ?? word
    return PackingError("\(text): \"\(first)\" is no likelihood; \(Suggestion.phrase(for: first, among: known))")
  }

  private mutating func set(_ option: String, _ text: String) throws(PackingError) {
    let parts = option.split(separator: "=", maxSplits: 1).map(String.init)
    switch (parts.first ?? "", parts.count == 2 ? Double(parts[1]) : nil, parts.count) {
    case ("standardise", _, 1) where likelihood?.isOfAnyNumbers ?? false: isStandardised = true
    case ("max", let value?, 2) where likelihood == .bernoulli && value.isFinite:
      levels = min(levels?.lowerBound ?? 0, value)...value
    case ("min", let value?, 2) where likelihood == .bernoulli && value.isFinite:
      levels = value...max(levels?.upperBound ?? 1, value)
    default:
      throw PackingError(
        "\(text): \"\(option)\" is no option of \(likelihood?.rawValue ?? ""); there are max=LEVEL and min=LEVEL of "
          + "bernoulli, and standardise of gaussian and laplace")
    }
  }

  private func finishLevels(_ text: String) throws(PackingError) {
    guard let levels, levels.upperBound <= levels.lowerBound else { return }
    throw PackingError("\(text): max must be above min, which is 0 unless given")
  }
}
