/// A dataset in the project's own format, open for reading: modalities, splits, rows. Opening checks the format, its
/// version, and the presence, type and shape of every dataset; the content is checked by `verify()`.
package struct PackedDataset: ~Copyable, Sendable {
  let file: HDF5File
  let layout: PackedLayout
  /// Kept open, so that HDF5's chunk cache serves slabs that share a chunk.
  private let datasets: [String: OpenDataset]

  /// What the data is, such as `fashion-mnist`.
  package let name: String
  /// `sha256:` and 64 hexadecimal digits over everything a trainer sees: equal if and only if the content is.
  package let fingerprint: String
  /// The seed of the split, if it was drawn.
  package let splitSeed: Int?
  /// The program that wrote the file, with its version.
  package let creator: String

  package var path: String { file.path }

  /// In the order of the file.
  package var modalities: [ModalityDescription] { layout.modalities }

  /// Opens a file for reading; any number of processes may do so at once.
  package static func open(_ path: String) throws(StorageError) -> PackedDataset {
    let file = try HDF5File.open(path)
    try checkFormat(of: file)
    let modalities = try readModalities(from: file)
    var rowCounts: [Split: Int] = [:]
    for split in Split.allCases { rowCounts[split] = try readRowCount(of: split, modalities, from: file) }
    let layout = PackedLayout(
      modalities: modalities, rowCounts: rowCounts, gaps: try readGaps(modalities, from: file))
    let datasets = try openDatasets(of: file, layout)
    let (name, fingerprint) = (try file.attribute("name"), try file.attribute("fingerprint"))
    let splitSeed = try file.hasAttribute("split_seed") ? try file.attributeInteger("split_seed") : nil
    let creator = try file.attribute("creator")
    return PackedDataset(
      file: file, layout: layout, datasets: datasets, name: name, fingerprint: fingerprint, splitSeed: splitSeed,
      creator: creator)
  }

  /// How many rows a split has; every modality has the same.
  package func rowCount(of split: Split) -> Int { layout.rowCount(of: split) }

  /// Reads one contiguous range of rows as they are stored (multiply by `scale` to get what was observed).
  ///
  /// - Parameters:
  ///   - modality: the name of one of `modalities`.
  ///   - rows: row indices within the split.
  ///   - buffer: exactly `rows.count * rowByteCount` bytes of that modality; row major.
  package func readRows(
    _ modality: String, _ split: Split, _ rows: Range<Int>, into buffer: UnsafeMutableRawBufferPointer
  ) throws(StorageError) {
    let path = PackedLayout.dataset(modality, split)
    guard let open = datasets[path], let type = open.dataset.elementType else {
      preconditionFailure("\(self.path) has no modality \(modality)")
    }
    try open.dataset.readRows(rows, as: type, into: buffer)
  }

  /// Whether some rows of a split may lack a modality: `readMask` then says which.
  package func hasGaps(_ modality: String, _ split: Split) -> Bool { layout.hasGaps(modality, split) }

  /// The same of any split.
  package func hasGaps(_ modality: String) -> Bool { Split.allCases.contains { hasGaps(modality, $0) } }

  /// Says of a range of rows which have a modality: one byte a row, 1 or 0.
  ///
  /// - Parameter buffer: exactly `rows.count` bytes.
  /// - Throws: `StorageError` when the file cannot be read, or says anything else than 1 or 0.
  package func readMask(
    _ modality: String, _ split: Split, _ rows: Range<Int>, into buffer: UnsafeMutableRawBufferPointer
  ) throws(StorageError) {
    let path = PackedLayout.mask(modality, split)
    guard let open = datasets[path] else {
      buffer.initializeMemory(as: UInt8.self, repeating: 1)
      return
    }
    try open.dataset.readRows(rows, as: .uint8, into: buffer)
    if let index = buffer.firstIndex(where: { $0 > 1 }) {
      throw StorageError(
        .damaged, object: path, path: self.path, "row \(rows.lowerBound + index) has \(buffer[index]); a mask is 1 or 0"
      )
    }
  }

  /// The same of all rows of a split.
  package func mask(_ modality: String, _ split: Split) throws(StorageError) -> [Bool] {
    var bytes = [UInt8](repeating: 1, count: rowCount(of: split))
    guard hasGaps(modality, split), !bytes.isEmpty else { return bytes.map { $0 == 1 } }
    let rows = 0..<bytes.count
    let read = bytes.withUnsafeMutableBytes { buffer in
      Result { () throws(StorageError) in try readMask(modality, split, rows, into: buffer) }
    }
    try read.get()
    return bytes.map { $0 == 1 }
  }

  /// How many rows to read at a time so that no chunk is read twice: whole chunks, of about half a megabyte if they
  /// are not larger.
  package func blockRowCount(_ modality: String, _ split: Split) -> Int {
    let path = PackedLayout.dataset(modality, split)
    guard let open = datasets[path], let elementType = open.dataset.elementType else {
      preconditionFailure("\(self.path) has no modality \(modality)")
    }
    return open.dataset.scanRowCount(rowByteCount: open.dataset.rowElementCount * elementType.byteCount)
  }

  /// The same of the mask of a modality with gaps.
  package func maskBlockRowCount(_ modality: String, _ split: Split) -> Int {
    datasets[PackedLayout.mask(modality, split)].map { $0.dataset.scanRowCount(rowByteCount: 1) } ?? 1
  }

  /// Which row of its source file each row of a split was.
  package func sourceRows(of split: Split) throws(StorageError) -> [Int] {
    try file.read(PackedLayout.dataset(PackedLayout.sourceRow, split), as: Int64.self).values.map { Int($0) }
  }

  /// The same of some rows.
  package func sourceRows(of split: Split, _ rows: Range<Int>) throws(StorageError) -> [Int] {
    let path = PackedLayout.dataset(PackedLayout.sourceRow, split)
    guard let open = datasets[path] else { preconditionFailure("\(self.path) has no \(path)") }
    var numbers = [Int64](repeating: 0, count: rows.count)
    let read = numbers.withUnsafeMutableBytes { buffer in
      Result { () throws(StorageError) in try open.dataset.readRows(rows, as: .int64, into: buffer) }
    }
    try read.get()
    return numbers.map { Int($0) }
  }
}

/// Lets a dictionary hold a noncopyable dataset.
final class OpenDataset: Sendable {
  let dataset: HDF5Dataset
  init(_ dataset: consuming HDF5Dataset) { self.dataset = dataset }
}

extension PackedDataset {
  private static func openDatasets(
    of file: borrowing HDF5File, _ layout: PackedLayout
  ) throws(StorageError) -> [String: OpenDataset] {
    var datasets: [String: OpenDataset] = [:]
    for expected in layout.datasets {
      let dataset = try file.dataset(expected.path)
      guard dataset.shape == expected.shape else {
        throw StorageError(
          .format, object: expected.path, path: file.path, "expected shape \(expected.shape), found \(dataset.shape)")
      }
      guard dataset.elementType == expected.type else {
        let found = dataset.elementType?.rawValue ?? "another type"
        throw StorageError(
          .format, object: expected.path, path: file.path, "expected \(expected.type.rawValue), found \(found)")
      }
      try dataset.checkStorage()
      datasets[expected.path] = OpenDataset(dataset)
    }
    return datasets
  }
}
