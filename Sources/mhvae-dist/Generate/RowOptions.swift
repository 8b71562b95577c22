import ArgumentParser
import Configuration
import DataLoading
import Kernels
import Models
import Runs
import Storage

/// Which rows of the data a command shows.
struct RowOptions: ParsableArguments {
  @Option(help: ArgumentHelp("The dataset the model was trained on.", valueName: "file"), completion: .file())
  var data: String

  @Option(help: "Which split the rows come from: train, validation, test.")
  var split = Split.test

  @Option(help: ArgumentHelp("The first row, counted from 0.", valueName: "row"))
  var firstRow = 0

  @Option(
    help: ArgumentHelp("How many rows; if not said, \(usualCount), or all if there are fewer.", valueName: "rows"))
  var count: Int?

  private static let usualCount = 16

  func validate() throws {
    guard firstRow >= 0 else { throw ValidationError("--first-row is counted from 0.") }
    guard count ?? 1 >= 1 else { throw ValidationError("--count must be at least 1.") }
  }

  /// The rows that are asked for.
  /// - Throws: `CommandError` when some of them are not there.
  func range(_ dataset: borrowing PackedDataset) throws(CommandError) -> Range<Int> {
    let available = dataset.rowCount(of: split)
    let count = count ?? max(1, min(Self.usualCount, available - firstRow))
    guard firstRow <= available - count else {
      throw CommandError(
        "--first-row \(firstRow) --count \(count) is out of range: \(dataset.path) has \(available) rows of "
          + "\(split.rawValue)")
    }
    return firstRow..<firstRow + count
  }
}

extension Split: ExpressibleByArgument {}
