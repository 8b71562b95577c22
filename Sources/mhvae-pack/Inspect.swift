import ArgumentParser
import Glibc
import Storage

struct Inspect: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Prints what a packed file holds.",
    discussion: """
      Example:
        mhvae-pack inspect fashion.h5
      """)

  @Argument(help: "A packed file.")
  var file: String

  func run() throws {
    let dataset = try PackedDataset.open(file)
    printHeader(of: dataset)
    for modality in dataset.modalities { printDescription(of: modality) }
    for split in Split.allCases { printField(split.rawValue, "\(dataset.rowCount(of: split)) rows") }
    for modality in dataset.modalities where modality.encoding == .classIndex {
      try printClassCounts(of: modality, in: dataset)
    }
  }

  private func printHeader(of dataset: borrowing PackedDataset) {
    var status = stat()
    let byteCount = stat(file, &status) == 0 ? Int(status.st_size) : 0
    printField("file", "\(file), \(byteCount) bytes")
    printField("name", dataset.name)
    printField("fingerprint", dataset.fingerprint)
    printField("split seed", dataset.splitSeed.map { "\($0)" } ?? "none: the split was given")
    printField("creator", dataset.creator)
  }

  private func printDescription(of modality: ModalityDescription) {
    let shape = modality.shape.map { "\($0)" }.joined(separator: " x ")
    let stored =
      modality.encoding == .classIndex
      ? "class indices as \(modality.elementType.rawValue)"
      : "\(modality.elementType.rawValue), scale \(modality.scale)"
    printField("modality", "\(modality.name): \(shape), \(modality.likelihood), stored as \(stored)")
  }

  private func printClassCounts(of modality: ModalityDescription, in dataset: borrowing PackedDataset) throws {
    print("\nrows of each class of \(modality.name) in train")
    for (index, count) in try dataset.classCounts(of: modality, .train).enumerated() {
      printField("  \(index)", "\(count)  \(modality.classNames.isEmpty ? "" : modality.classNames[index])")
    }
  }

  private func printField(_ name: String, _ value: String) {
    print(name + String(repeating: " ", count: max(1, 13 - name.count)) + value)
  }
}
