/// Sentences on what a report leaves out.
struct Notes {
  private(set) var sentences: [String] = []

  /// What `body` gives; nil, with a note, if it fails.
  /// - Parameter parts: that would then be missing, as the beginning of a sentence, such as `Translations are`.
  mutating func attempt<Result>(_ parts: String, _ body: () throws -> Result) -> Result? {
    do { return try body() } catch {
      sentences.append("\(parts) left out: \(error).")
      return nil
    }
  }
}
