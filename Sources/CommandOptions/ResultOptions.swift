internal import ArgumentParser
internal import Console

/// How much a command prints.
package struct QuietOption: ParsableArguments {
  @Flag(name: [.customShort("q"), .long], help: "Print nothing but results, warnings and errors.")
  package var quiet = false

  package init() {}

  /// Prints what is no result, such as where a file was written.
  package func say(_ text: @autoclosure () -> String) { if !quiet { StandardStream.output.tell("\(text())\n") } }
}

/// How a command shows its result.
package struct ResultOptions: ParsableArguments {
  @Flag(help: "Give the result as JSON, for programs, and print nothing else.")
  package var json = false

  @OptionGroup
  private var verbosity: QuietOption

  package init() {}

  package var isQuiet: Bool { verbosity.quiet || json }

  /// Prints what is no result.
  package func say(_ text: @autoclosure () -> String) { if !isQuiet { StandardStream.output.tell("\(text())\n") } }

  /// The result in the requested form.
  package func result(_ value: some Encodable, text: @autoclosure () -> String) throws -> String {
    json ? try jsonText(value) : text()
  }
}
