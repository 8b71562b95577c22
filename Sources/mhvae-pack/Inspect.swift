import ArgumentParser
import CommandOptions
import Console
import Storage

struct Inspect: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Prints what a packed file holds.",
    discussion: """
      EXAMPLE
        mhvae-pack inspect fashion.h5
      """)

  @Argument(help: "A packed file.", completion: .file())
  var file: String

  @OptionGroup var form: ResultOptions

  func run() throws {
    let inspection = try Inspection(try PackedDataset.open(file))
    try printResult(form.result(inspection, text: inspection.text))
  }
}
