/// Lines of YAML with comments behind them.
struct CommentedText {
  private(set) var text = ""

  mutating func add(_ line: String, _ comment: String? = nil) {
    text += line + (comment.map { "  # \($0)" } ?? "") + "\n"
  }

  /// A list of layers below a key.
  mutating func add(_ key: String, _ layers: [String], indent: String, _ comment: String? = nil) {
    add("\(indent)\(key):", comment)
    for layer in layers { add("\(indent)  - {\(layer)}") }
  }
}
