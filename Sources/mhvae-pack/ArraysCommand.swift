import ArgumentParser
import CommandOptions
import Console
import Packing

struct ArraysCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "arrays",
    abstract: "Packs NumPy arrays (.npy) of which every row is one observation.",
    discussion: """
      Any bool, whole-number, float32 or float64 arrays in C order, all with equally many rows. Pictures have \
      channels first: [rows, channels, height, width], or [rows, height, width] with one channel.

      What is not named a likelihood gets one from its content, and the program says which: whole numbers with one \
      axis are classes (categorical), uint8 and values between 0 and 1 are bernoulli, all others gaussian. Classes are \
      indices or one-hot rows. A uint8 array with values above 1 holds grey levels, which are scaled by 1/255.

      EXAMPLES
        mhvae-pack arrays --modality image=x.npy --modality label=y.npy \\
            --output data.h5
        mhvae-pack arrays --modality pose=pose.npy:gaussian \\
            --modality kind=kind.npy:categorical --class-names kind=cat,dog \\
            --split split.npy --output pets.h5
      """)

  @Option(
    name: .customLong("modality"),
    help: ArgumentHelp(
      "A modality and its array. Repeat for each.", valueName: "name=file.npy[:bernoulli|categorical|gaussian]"))
  var modalities: [String]

  @Option(
    name: .customLong("shape"),
    help: ArgumentHelp(
      "The shape of a modality's observations, if it is not that of a row, as in image=1,28,28.",
      valueName: "name=extents"))
  var shapes: [String] = []

  @Option(help: ArgumentHelp("The names of a modality's classes, as in kind=cat,dog.", valueName: "name=names"))
  var classNames: [String] = []

  @Option(help: ArgumentHelp("The part of the rows that is drawn for validation (default: 0.1).", valueName: "part"))
  var validationFraction: Double?

  @Option(help: ArgumentHelp("The part of the rows that is drawn for testing (default: 0.1).", valueName: "part"))
  var testFraction: Double?

  @Option(
    help: ArgumentHelp(
      "An array with 0 (train), 1 (validation) or 2 (test) for each row, instead of drawing.", valueName: "file.npy"))
  var split: String?

  @OptionGroup var seed: SeedOption

  @Option(help: "What the data is called (default: as the output file).")
  var name: String?

  @OptionGroup var output: OutputOptions

  func validate() throws {
    if split != nil, validationFraction != nil || testFraction != nil {
      throw ValidationError("--split gives the splits, so --validation-fraction and --test-fraction say nothing")
    }
  }

  func run() throws {
    let request = ArrayRequest(
      sources: try sources(), output: output.path, replacing: output.force, name: name ?? stem(of: output.path),
      division: split.map { .file($0) }
        ?? .fractions(validation: validationFraction ?? 0.1, test: testFraction ?? 0.1),
      seed: seed.value, creator: PackCommand.version)
    try output.write { try packArrays(request) { output.verbosity.say($0) } }
  }

  private func sources() throws -> [ArraySource] {
    var sources = try modalities.map { try source($0) }
    func place(_ name: String, _ option: String) throws -> Int {
      guard let index = sources.firstIndex(where: { $0.name == name }) else {
        throw ValidationError("\(option) names \"\(name)\", which no --modality does")
      }
      return index
    }
    for text in shapes {
      let (name, value) = try pair(text, "--shape", "image=1,28,28")
      sources[try place(name, "--shape")].shape = try extents(value)
    }
    for text in classNames {
      let (name, value) = try pair(text, "--class-names", "kind=cat,dog")
      sources[try place(name, "--class-names")].classNames = commaSeparated(value)
    }
    return sources
  }

  /// `NAME=FILE.npy`, or with a likelihood behind a colon.
  private func source(_ text: String) throws -> ArraySource {
    let (name, value) = try pair(text, "--modality", "image=x.npy")
    guard !value.hasSuffix(".npy"), let colon = value.lastIndex(of: ":") else {
      return ArraySource(name: name, path: value)
    }
    let word = String(value[colon...].dropFirst())
    guard let likelihood = ArraySource.Likelihood(rawValue: word) else {
      let known = ArraySource.Likelihood.allCases.map(\.rawValue)
      throw ValidationError(
        "--modality \(text): \"\(word)\" is no likelihood; \(Suggestion.phrase(for: word, among: known))")
    }
    return ArraySource(name: name, path: String(value[..<colon]), likelihood: likelihood)
  }

  private func pair(_ text: String, _ option: String, _ example: String) throws -> (name: String, value: String) {
    guard let sign = text.firstIndex(of: "="), sign > text.startIndex else {
      throw ValidationError("\(option) is written as in \(example), found \"\(text)\"")
    }
    return (String(text[..<sign]), String(text[sign...].dropFirst()))
  }

  private func extents(_ text: String) throws -> [Int] {
    let extents = commaSeparated(text).compactMap { Int($0) }.filter { (1...(1 << 20)).contains($0) }
    guard extents.count == commaSeparated(text).count, [1, 3].contains(extents.count) else {
      throw ValidationError("--shape wants one extent or three (channels, height, width), found \"\(text)\"")
    }
    return extents
  }

  private func stem(of path: String) -> String {
    let name = path.split(separator: "/").last ?? Substring(path)
    return name.hasSuffix(".h5") ? String(name.dropLast(3)) : String(name)
  }
}
