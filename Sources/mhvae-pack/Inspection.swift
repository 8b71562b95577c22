import Foundation
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
  /// By split, of those in which rows lack a modality.
  let gaps: [String: Gaps]

  /// What rows of a split lack.
  struct Gaps: Encodable {
    /// Rows that have each modality.
    let present: [String: Int]
    /// Which modalities rows have together, the most frequent first.
    let patterns: [PresencePattern]
  }

  struct Modality: Encodable {
    let name: String
    let shape: [Int]
    let likelihood: String
    let encoding: String
    let elementType: String
    let scale: Double
    /// Of a standardised modality, one for each value of a vector or channel of a picture.
    let mean: [Double]?
    let deviation: [Double]?
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
          mean: modality.standardization?.mean, deviation: modality.standardization?.deviation,
          classNames: modality.classNames,
          trainRowsOfClass: isClass ? try dataset.classCounts(of: modality, .train) : nil))
    }
    self.modalities = modalities
    var rows: [String: Int] = [:]
    for split in Split.allCases { rows[split.rawValue] = dataset.rowCount(of: split) }
    self.rows = rows
    var gaps: [String: Gaps] = [:]
    for (split, present) in try dataset.presentRows(of: dataset.modalities.map(\.name)) {
      gaps[split.rawValue] = Gaps(present: present, patterns: try dataset.patterns(of: split))
    }
    self.gaps = gaps
  }

  var text: String {
    var lines = [
      field("file", "\(file), \(bytes) bytes"), field("name", name), field("fingerprint", fingerprint),
      field("split seed", splitSeed.map { "\($0)" } ?? "none: the split was given"), field("creator", creator),
    ]
    lines += modalities.map { field("modality", $0.text) }
    lines += Split.allCases.map { field($0.rawValue, "\(rows[$0.rawValue] ?? 0) rows") }
    for split in Split.allCases {
      if let gaps = gaps[split.rawValue] { lines += gapLines(gaps, split.rawValue) }
    }
    for modality in modalities { lines += modality.classLines }
    return lines.joined(separator: "\n")
  }

  /// More patterns are not looked at one by one.
  private static let mostPatterns = 16

  private func gapLines(_ gaps: Gaps, _ split: String) -> [String] {
    let all = rows[split] ?? 0
    var lines = ["", "rows of \(split) that have"]
    lines += modalities.map { field("  \($0.name)", "\(gaps.present[$0.name] ?? 0) of \(all)") }
    lines += ["and together"]
    lines += gaps.patterns.prefix(Self.mostPatterns).map {
      field("  \($0.rows)", $0.modalities.isEmpty ? "nothing" : $0.modalities.joined(separator: ", "))
    }
    if gaps.patterns.count > Self.mostPatterns { lines.append("  and \(gaps.patterns.count - Self.mostPatterns) more") }
    return lines
  }
}

extension Inspection.Modality {
  fileprivate var text: String {
    let stored = trainRowsOfClass != nil ? "class indices as \(elementType)" : "\(elementType), scale \(scale)"
    return "\(name): \(shape.map { "\($0)" }.joined(separator: " x ")), \(likelihood), stored as \(stored)\(unit)"
  }

  /// Mean and deviation, as far as they are few.
  private var unit: String {
    guard let mean, let deviation else { return "" }
    let shown = zip(mean, deviation).prefix(4).map { String(format: "%.4g ± %.4g", $0, $1) }
    return ", standardised: \(shown.joined(separator: ", "))" + (mean.count > 4 ? " and \(mean.count - 4) more" : "")
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
