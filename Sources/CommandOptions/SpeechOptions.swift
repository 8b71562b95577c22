internal import ArgumentParser

/// How much a command says.
package struct SpeechOptions: ParsableArguments {
  @Flag(name: [.customShort("q"), .long], help: "Say nothing but results, warnings and errors.")
  package var quiet = false

  package init() {}

  /// Prints what is no result, such as where a file was written.
  package func say(_ text: @autoclosure () -> String) { if !quiet { print(text()) } }
}

/// How a command shows its result.
package struct ResultOptions: ParsableArguments {
  @Flag(help: "Give the result as JSON, for programs, and print nothing else.")
  package var json = false

  @OptionGroup
  private var speech: SpeechOptions

  package init() {}

  package var isQuiet: Bool { speech.quiet || json }

  /// Prints what is no result.
  package func say(_ text: @autoclosure () -> String) { if !isQuiet { print(text()) } }

  /// The result, in the form that was asked for.
  package func result(_ value: some Encodable, text: @autoclosure () -> String) throws -> String {
    json ? try jsonText(value) : text()
  }
}
