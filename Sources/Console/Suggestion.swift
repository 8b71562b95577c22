/// Finds what a person probably meant to type.
package enum Suggestion {
  /// `did you mean "epochs"?` when one candidate is close enough, otherwise the list of all of them.
  package static func phrase(for word: String, among candidates: [String]) -> String {
    let ranked = candidates.map { ($0, distance(word, $0)) }.min { $0.1 < $1.1 }
    if let (candidate, distance) = ranked, distance <= max(2, word.count / 3) {
      return "did you mean \"\(candidate)\"?"
    }
    return "known here: \(candidates.joined(separator: ", "))"
  }

  /// Levenshtein distance in characters.
  private static func distance(_ a: String, _ b: String) -> Int {
    let (a, b) = (Array(a), Array(b))
    var previous = Array(0...b.count)
    for (i, x) in a.enumerated() {
      var current = [i + 1]
      for (j, y) in b.enumerated() {
        current.append(min(previous[j + 1] + 1, current[j] + 1, previous[j] + (x == y ? 0 : 1)))
      }
      previous = current
    }
    return previous[b.count]
  }
}
