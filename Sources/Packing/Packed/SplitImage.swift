import Storage

/// How to cut the pictures of a packed file into modalities of their own.
package struct SplitRequest: Sendable {
  package enum Axis: String, CaseIterable, Sendable {
    case height, width
  }

  /// The packed file to read.
  package var input: String
  /// The file to write.
  package var output: String
  /// Whether `output` may be replaced.
  package var replacing: Bool
  /// The modality of shape [channels, height, width] that the parts replace.
  package var modality: String
  /// The names of the parts, from the top or from the left.
  package var parts: [String]
  package var axis: Axis
  /// The program and its version.
  package var creator: String

  package init(
    input: String, output: String, replacing: Bool, modality: String, parts: [String], axis: Axis, creator: String
  ) {
    (self.input, self.output, self.replacing) = (input, output, replacing)
    (self.modality, self.parts, self.axis, self.creator) = (modality, parts, axis, creator)
  }
}

/// Replaces one image modality by parts of equal size along an axis; other modalities, splits, the order of the rows
/// and their source rows stay.
package func splitImage(_ request: SplitRequest) throws -> PackSummary {
  let dataset = try PackedDataset.open(request.input)
  let parts = try imageParts(request, in: dataset.modalities)
  let modalities = dataset.modalities.flatMap { modality in
    modality.name == request.modality ? parts.map { $0.description(of: modality) } : [modality]
  }
  if let name = firstDuplicate(modalities.map(\.name)) {
    throw PackingError(file: request.input, "two modalities would be called \"\(name)\"; name the parts otherwise")
  }
  var writer = try PackedDatasetWriter.create(
    at: request.output, replacing: request.replacing, name: dataset.name, modalities: modalities,
    rowCounts: dataset.rowCounts, gaps: dataset.gaps(of: parts.map(\.name), insteadOf: request.modality),
    splitSeed: dataset.splitSeed, creator: request.creator)
  for split in Split.allCases {
    for modality in dataset.modalities {
      if modality.name == request.modality {
        try dataset.copy(modality, split, in: parts, to: &writer)
      } else {
        try dataset.copy(modality, split, as: modality.name, to: &writer)
      }
    }
    try writer.append(sourceRows: try dataset.sourceRows(of: split), to: split)
  }
  return PackSummary(name: dataset.name, fingerprint: try writer.finish(), rowCounts: dataset.rowCounts)
}

/// One part of a picture.
private struct ImagePart {
  let name: String
  let shape: [Int]
  /// Which values of a row belong to it, row major.
  let ranges: [Range<Int>]

  /// - Parameter axis: 1 for the height, 2 for the width.
  init(_ name: String, _ index: Int, of count: Int, axis: Int, _ whole: [Int]) {
    var shape = whole
    shape[axis] /= count
    (self.name, self.shape) = (name, shape)
    let outer = whole[..<axis].reduce(1, *)
    let (wholeRun, run) = (whole[axis...].reduce(1, *), shape[axis...].reduce(1, *))
    ranges = (0..<outer).map { ($0 * wholeRun + index * run)..<($0 * wholeRun + (index + 1) * run) }
  }

  func description(of whole: ModalityDescription) -> ModalityDescription {
    var part = whole
    (part.name, part.shape) = (name, shape)
    if !whole.classNames.isEmpty { part.classNames = ranges.flatMap { whole.classNames[$0] } }
    return part
  }

  /// This part of each picture of a block.
  func rows(of block: [UInt8], _ whole: ModalityDescription) -> [UInt8] {
    var part: [UInt8] = []
    part.reserveCapacity(block.count)
    let size = whole.elementType.byteCount
    for row in stride(from: 0, to: block.count, by: whole.rowByteCount) {
      for range in ranges { part += block[(row + range.lowerBound * size)..<(row + range.upperBound * size)] }
    }
    return part
  }
}

private func imageParts(
  _ request: SplitRequest, in modalities: [ModalityDescription]
) throws(PackingError) -> [ImagePart] {
  guard let whole = modalities.first(where: { $0.name == request.modality }) else {
    throw .noModality(request.modality, among: modalities, file: request.input)
  }
  guard whole.encoding == .values, whole.shape.count == 3 else {
    throw PackingError(
      file: request.input,
      "\(whole.name) is of shape \(whole.shape); only pictures, [channels, height, width], can be split")
  }
  let count = request.parts.count
  guard count >= 2 else { throw PackingError("name two parts or more, such as top,bottom; found \(count)") }
  let axis = request.axis == .height ? 1 : 2
  guard whole.shape[axis].isMultiple(of: count) else {
    throw PackingError(
      file: request.input,
      "\(whole.name) has a \(request.axis.rawValue) of \(whole.shape[axis]), which \(count) equal parts do not divide")
  }
  return request.parts.enumerated().map { ImagePart($1, $0, of: count, axis: axis, whole.shape) }
}

extension PackedDataset {
  /// Reads a modality once and appends each of its parts.
  fileprivate func copy(
    _ whole: ModalityDescription, _ split: Split, in parts: [ImagePart], to writer: inout PackedDatasetWriter
  ) throws {
    try forEachBlock(of: whole, split) { block in
      for part in parts { try writer.append(part.rows(of: block, whole).span.bytes, to: part.name, split) }
    }
    guard hasGaps(whole.name, split) else { return }
    let present = try mask(whole.name, split)
    for part in parts { try writer.append(present: present, to: part.name, split) }
  }

  /// The gaps of a file in which parts take the place of a modality: a row that lacks it lacks all of them.
  fileprivate func gaps(of parts: [String], insteadOf whole: String) -> [Split: Set<String>] {
    gaps.mapValues { $0.contains(whole) ? $0.subtracting([whole]).union(parts) : $0 }
  }
}
