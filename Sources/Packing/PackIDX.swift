package import Storage

/// How to pack a dataset.
package struct PackRequest: Sendable {
  /// The directory with the source files.
  package var input: String
  /// The file to write.
  package var output: String
  /// Whether `output` may be replaced.
  package var replacing: Bool
  /// Packs only so many of the first training rows and of the first test rows.
  package var limit: Int?
  /// Decides the validation split and the order of the training split; not negative.
  package var seed: Int
  /// The program and its version.
  package var creator: String

  package init(input: String, output: String, replacing: Bool, limit: Int?, seed: Int, creator: String) {
    (self.input, self.output, self.replacing) = (input, output, replacing)
    (self.limit, self.seed, self.creator) = (limit, seed, creator)
  }
}

/// What was packed.
package struct PackSummary: Sendable {
  /// What the data is.
  package let name: String
  package let fingerprint: String
  package let rowCounts: [Split: Int]
}

/// Packs images and labels: a tenth of the training rows becomes the validation split (`RowSplit`), the test rows stay
/// as they are.
package func packIDX(_ source: IDXSource, _ request: PackRequest) throws -> PackSummary {
  let train = try IDXPart.read("train", in: request.input, classCount: source.classNames.count)
  let test = try IDXPart.read("t10k", in: request.input, classCount: source.classNames.count)
  let plan = try planRows(request, trainRows: train.images.rowCount, testRows: test.images.rowCount)
  let rowCounts = plan.mapValues(\.count)
  var writer = try PackedDatasetWriter.create(
    at: request.output, replacing: request.replacing, name: source.name, modalities: modalities(of: source),
    rowCounts: rowCounts, splitSeed: request.seed, creator: request.creator)
  for split in Split.allCases {
    let (part, rows) = (split == .test ? test : train, plan[split] ?? [])
    try append(part.images, rows, to: "image", split, &writer)
    try append(part.labels, rows, to: "label", split, &writer)
    try writer.append(sourceRows: rows, to: split)
  }
  return PackSummary(name: source.name, fingerprint: try writer.finish(), rowCounts: rowCounts)
}

private func modalities(of source: IDXSource) -> [ModalityDescription] {
  [
    ModalityDescription(
      name: "image", shape: [1] + IDXSource.imageShape, likelihood: "bernoulli", encoding: .values,
      elementType: .uint8, scale: 1 / 255),
    ModalityDescription(
      name: "label", shape: [source.classNames.count], likelihood: "categorical", encoding: .classIndex,
      elementType: .uint8, classNames: source.classNames),
  ]
}

/// The source rows of every split.
private func planRows(
  _ request: PackRequest, trainRows: Int, testRows: Int
) throws(PackingError) -> [Split: [Int]] {
  let limit = request.limit ?? .max
  let (trainRows, testRows) = (min(trainRows, limit), min(testRows, limit))
  guard trainRows >= 10, testRows >= 1 else {
    throw PackingError(
      "at least 10 training rows (a tenth are for validation) and 1 test row are needed, "
        + "found \(max(0, trainRows)) and \(max(0, testRows))")
  }
  guard request.seed >= 0 else { throw PackingError("the seed is a whole number from 0 on, found \(request.seed)") }
  let split = RowSplit(count: trainRows, seed: UInt64(request.seed))
  return [.train: split.train, .validation: split.validation, .test: Array(0..<testRows)]
}

/// Appends the chosen rows in their order, about half a megabyte at a time.
private func append(
  _ array: IDXArray, _ rows: [Int], to modality: String, _ split: Split, _ writer: inout PackedDatasetWriter
) throws(StorageError) {
  let blockRows = max(1, (512 << 10) / array.rowByteCount)
  for first in stride(from: 0, to: rows.count, by: blockRows) {
    var block: [UInt8] = []
    for row in rows[first..<min(first + blockRows, rows.count)] {
      block += array.bytes[(row * array.rowByteCount)..<((row + 1) * array.rowByteCount)]
    }
    try writer.append(block.span.bytes, to: modality, split)
  }
}
