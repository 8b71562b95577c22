import Glibc
import Storage

/// What a packed file holds, for a person or a program.
struct Inspection: Encodable {
  let file: String
  let bytes: Int
  let name: String
  let fingerprint: String
  /// nil when the split was given.
  let splitSeed: Int?
  let creator: String
  let modalities: [Modality]
  /// By split.
  let rows: [String: Int]

  struct Modality: Encodable {
    let name: String
    let shape: [Int]
    let likelihood: String
    let encoding: String
    let elementType: String
    let scale: Double
    /// Of its classes or values; empty if they have none.
    let classNames: [String]
    /// Rows of each class in train, of a modality that is stored as class indices.
    let trainRowsOfClass: [Int]?
  }

  init(_ dataset: borrowing PackedDataset) throws {
    (file, name, fingerprint) = (dataset.path, dataset.name, dataset.fingerprint)
    (splitSeed, creator) = (dataset.splitSeed, dataset.creator)
    var status = stat()
    bytes = stat(dataset.path, &status) == 0 ? Int(status.st_size) : 0
    var modalities: [Modality] = []
    for modality in dataset.modalities {
      let isClass = modality.encoding == .classIndex
      modalities.append(
        Modality(
          name: modality.name, shape: modality.shape, likelihood: modality.likelihood,
          encoding: modality.encoding.rawValue, elementType: modality.elementType.rawValue, scale: modality.scale,
          classNames: modality.classNames,
          trainRowsOfClass: isClass ? try dataset.classCounts(of: modality, .train) : nil))
    }
    self.modalities = modalities
    var rows: [String: Int] = [:]
    for split in Split.allCases { rows[split.rawValue] = dataset.rowCount(of: split) }
    self.rows = rows
  }

  var text: String {
    var lines = [
      field("file", "\(file), \(bytes) bytes"), field("name", name), field("fingerprint", fingerprint),
      field("split seed", splitSeed.map { "\($0)" } ?? "none: the split was given"), field("creator", creator),
    ]
    lines += modalities.map { field("modality", $0.text) }
    lines += Split.allCases.map { field($0.rawValue, "\(rows[$0.rawValue] ?? 0) rows") }
    for modality in modalities { lines += modality.classLines }
    return lines.joined(separator: "\n")
  }
}

extension Inspection.Modality {
  fileprivate var text: String {
    let stored = trainRowsOfClass != nil ? "class indices as \(elementType)" : "\(elementType), scale \(scale)"
    return "\(name): \(shape.map { "\($0)" }.joined(separator: " x ")), \(likelihood), stored as \(stored)"
  }

  fileprivate var classLines: [String] {
    guard let trainRowsOfClass else { return [] }
    return ["", "rows of each class of \(name) in train"]
      + trainRowsOfClass.enumerated().map { index, count in
        field("  \(index)", "\(count)  \(classNames.isEmpty ? "" : classNames[index])")
      }
  }
}

private func field(_ name: String, _ value: String) -> String {
  name + String(repeating: " ", count: max(1, 13 - name.count)) + value
}
