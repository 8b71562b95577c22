import ArgumentParser
import CommandOptions
import Packing

struct ArraysCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "arrays",
    abstract: "Packs arrays, tables and pictures of your own, of which every row is one observation.",
    discussion: """
      A modality is NAME=FILE[:WHERE][:LIKELIHOOD[,OPTION]]. The file is one of

        x.npy                       any bool, whole-number, float or text array
        x.npz:KEY                   an array of an archive
        x.h5:/PATH                  a dataset of an HDF5 file (.h5, .hdf5, .h5ad), or
                                    a categorical column of AnnData
        x.csv:COLUMN,FIRST..LAST    columns of a table with a header (.csv, .tsv,
                                    also .gz)
        DIRECTORY:LIST              .png and .jpg files in the order of a text file
                                    with their names, or of a table: LIST is then
                                    TABLE.csv:COLUMN

      A row with empty cells lacks the modality.

      Likelihoods: bernoulli (max=LEVEL and min=LEVEL name another range than 0 to 1), categorical, gaussian and laplace \
      (standardise: models see numbers of mean 0 and deviation 1), poisson, negative_binomial. What is not named a \
      likelihood gets one from its content, and the program says which: texts, and whole numbers with one axis, are \
      classes (categorical), uint8 and values between 0 and 1 are bernoulli, all others gaussian. Classes are indices, \
      texts or one-hot rows. A uint8 array with values above 1 holds grey levels, which are scaled by 1/255.

      All sources have equally many rows, unless --key joins them. Pictures have channels first: [rows, channels, \
      height, width], or [rows, height, width] with one channel; --channels-last moves the last axis there.

      EXAMPLES
        mhvae-pack arrays --modality image=x.npy --modality label=y.npy \\
            --output data.h5
        mhvae-pack arrays --modality pose=pose.npy:gaussian \\
            --modality kind=kind.npy:categorical --class-names kind=cat,dog \\
            --split split.npy --output pets.h5
        mhvae-pack arrays --modality kind=table.csv:kind \\
            --modality size=table.csv:width..weight:gaussian,standardise \\
            --output table.h5
      """)

  @Option(
    name: .customLong("modality"),
    help: ArgumentHelp("A modality and its data. Repeat for each.", valueName: "name=file[:where][:likelihood]"))
  var modalities: [String]

  @Option(
    name: .customLong("shape"),
    help: ArgumentHelp(
      "The shape of a modality's observations, if it is not that of a row, as in image=1,28,28.",
      valueName: "name=extents"))
  var shapes: [String] = []

  @Option(help: ArgumentHelp("The names of a modality's classes, as in kind=cat,dog.", valueName: "name=names"))
  var classNames: [String] = []

  @Option(
    name: .customLong("size"),
    help: ArgumentHelp(
      "Resize the shorter side of a modality's pictures to so many pixels and crop the centre.",
      valueName: "name=pixels"))
  var sizes: [String] = []

  @Option(
    name: .customLong("key"),
    help: ArgumentHelp(
      "Join rows by a column that every source has, or by one that is named for a modality.",
      valueName: "column|name=file"))
  var keys: [String] = []

  @Option(
    help: ArgumentHelp(
      "A 1 for each row that has the modality and a 0 for each that lacks it. Repeat for each.",
      valueName: "name=file"))
  var present: [String] = []

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "A row lacks a modality if all its numbers are this: nan, or a number such as -9999.", valueName: "value"))
  var missing: String?

  @Option(
    help: ArgumentHelp("A modality whose rows are [height, width, channels]. Repeat for each.", valueName: "name"))
  var channelsLast: [String] = []

  @Option(help: ArgumentHelp("The part of the rows that is drawn for validation (default: 0.1).", valueName: "part"))
  var validationFraction: Double?

  @Option(help: ArgumentHelp("The part of the rows that is drawn for testing (default: 0.1).", valueName: "part"))
  var testFraction: Double?

  @Option(
    help: ArgumentHelp(
      "0 (train), 1 (validation) or 2 (test) for each row, or these words, instead of drawing.",
      valueName: "file[:where]"))
  var split: String?

  @OptionGroup var seed: SeedOption

  @Option(help: "What the data is called (default: as the output file).")
  var name: String?

  @OptionGroup var output: OutputOptions

  func validate() throws {
    if split != nil, validationFraction != nil || testFraction != nil {
      throw ValidationError("--split gives the splits, so --validation-fraction and --test-fraction say nothing")
    }
    let common = keys.filter { !$0.contains("=") }
    if common.count > 1 {
      throw ValidationError("--key names one column for all sources, found \(common.joined(separator: " and "))")
    }
  }

  func run() throws {
    let request = ArrayRequest(
      sources: try sources(), output: output.path, replacing: output.force, name: name ?? stem(of: output.path),
      division: split.map { .file($0) }
        ?? .fractions(validation: validationFraction ?? 0.1, test: testFraction ?? 0.1),
      missing: try missing.map { try missingValue($0) }, key: keys.first { !$0.contains("=") }, seed: seed.value,
      creator: PackCommand.version)
    try output.check(inputs: request.sources.map(\.location.path) + [split].compactMap(\.self))
    try output.write {
      try packArrays(request) {
        output.verbosity.say($0)
      } warn: {
        PackingConsole.warn($0)
      }
    }
  }

  private func missingValue(_ text: String) throws -> Double {
    guard let value = Double(text) else {
      throw ValidationError(
        "--missing wants nan or a number that stands for no value, such as -9999, found \"\(text)\"; of text columns "
          + "empty cells and NA are missing by themselves")
    }
    return value
  }

  private func stem(of path: String) -> String {
    let name = path.split(separator: "/").last ?? Substring(path)
    return name.hasSuffix(".h5") ? String(name.dropLast(3)) : String(name)
  }
}
