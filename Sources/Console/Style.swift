/// Colours for a person at a terminal.
package enum Style: Int {
  case error = 31
  case bar = 32
  case warning = 33

  /// The text in this colour, if standard error shows colours.
  package func apply(_ text: String) -> String {
    Terminal.showsColour ? "\u{1B}[\(rawValue)m\(text)\u{1B}[0m" : text
  }
}

/// Lines for standard error.
package enum Message {
  /// Tells of something that does not stop the program.
  package static func warning(_ text: String, program: String) -> String {
    "\(program): \(Style.warning.apply("warning:")) \(text)\n"
  }

  /// What `PROGRAM: error: ...` looks like.
  package static func failure(_ text: String) -> String {
    text.replacing(": error: ", with: ": \(Style.error.apply("error:")) ")
  }
}
