/// Writes a packed dataset row block by row block. The file appears when `finish()` returns; a writer that is dropped
/// before leaves nothing behind and an existing file as it was.
package struct PackedDatasetWriter: ~Copyable {
  /// Kept open until all rows are there, since closing one writes its unfinished chunk. Declared before the file, and
  /// so closed before it.
  private var datasets: [String: OpenDataset]
  private let file: HDF5File
  private let aside: AtomicFile
  private let layout: PackedLayout
  /// The rows each dataset has so far.
  private var written: [String: Int] = [:]

  /// Creates the temporary file with all datasets, empty.
  ///
  /// - Parameters:
  ///   - path: where the finished file will be.
  ///   - replacing: whether a file at `path` may be replaced.
  ///   - name: what the data is, such as `fashion-mnist`.
  ///   - rowCounts: the rows of each split; a split that is not named has none.
  ///   - gaps: the modalities that some rows of a split lack; their masks are appended like their rows.
  ///   - splitSeed: the seed the split was drawn with, if it was.
  ///   - creator: the program and its version.
  package static func create(
    at path: String, replacing: Bool, name: String, modalities: [ModalityDescription], rowCounts: [Split: Int],
    gaps: [Split: Set<String>] = [:], splitSeed: Int?, creator: String
  ) throws(StorageError) -> PackedDatasetWriter {
    for modality in modalities { try modality.validate(path: path) }
    precondition(Set(modalities.map(\.name)).count == modalities.count, "two modalities have the same name")
    let aside = try AtomicFile.begin(target: path, replacing: replacing)
    let file = try HDF5File.create(aside)
    let layout = PackedLayout(modalities: modalities, rowCounts: rowCounts, gaps: gaps)
    try writeHeader(to: file, layout, name: name, splitSeed: splitSeed, creator: creator)
    var datasets: [String: OpenDataset] = [:]
    for (path, shape, type) in layout.datasets {
      datasets[path] = OpenDataset(try file.createDataset(path, shape: shape, type))
    }
    return PackedDatasetWriter(aside: aside, file: file, layout: layout, datasets: datasets)
  }

  private init(
    aside: consuming AtomicFile, file: consuming HDF5File, layout: PackedLayout, datasets: [String: OpenDataset]
  ) {
    self.aside = aside
    self.file = file
    self.layout = layout
    self.datasets = datasets
  }

  /// Appends whole rows of one modality, in its stored type.
  package mutating func append(_ rows: RawSpan, to modality: String, _ split: Split) throws(StorageError) {
    guard let description = layout.modalities.first(where: { $0.name == modality }) else {
      preconditionFailure("no modality \(modality)")
    }
    let rowByteCount = description.rowByteCount
    precondition(rows.byteCount.isMultiple(of: rowByteCount), "\(rows.byteCount) bytes are not whole rows")
    try append(rows, to: PackedLayout.dataset(modality, split), description.elementType, rowByteCount)
  }

  /// Says of the split's next rows whether they have a modality.
  /// - Precondition: the modality is among the gaps of the split.
  package mutating func append(present: [Bool], to modality: String, _ split: Split) throws(StorageError) {
    let mask = present.map { $0 ? UInt8(1) : 0 }
    try append(mask.span.bytes, to: PackedLayout.mask(modality, split), .uint8, 1)
  }

  /// Appends the indices which the split's next rows have in their source file.
  package mutating func append(sourceRows: [Int], to split: Split) throws(StorageError) {
    let indices = sourceRows.map { Int64($0) }
    let type = ElementType.int64
    try append(indices.span.bytes, to: PackedLayout.dataset(PackedLayout.sourceRow, split), type, type.byteCount)
  }

  private mutating func append(
    _ rows: RawSpan, to path: String, _ type: ElementType, _ rowByteCount: Int
  ) throws(StorageError) {
    guard let open = datasets[path] else { preconditionFailure("no dataset \(path)") }
    let first = written[path, default: 0]
    try open.dataset.writeRows(from: first, as: type, rows)
    written[path] = first + rows.byteCount / rowByteCount
  }

  /// Reads everything back, records its fingerprint and puts the file in place.
  ///
  /// - Precondition: every dataset has all its rows.
  /// - Returns: the fingerprint.
  package consuming func finish() throws(StorageError) -> String {
    for dataset in layout.datasets {
      let rows = written[dataset.path, default: 0]
      precondition(rows == dataset.shape[0], "\(dataset.path) has \(rows) of \(dataset.shape[0]) rows")
    }
    let flushed = Result { () throws(StorageError) in try file.flush() }
    // In this order, so that chunks lie in the same places every time.
    for dataset in layout.datasets { datasets[dataset.path] = nil }
    try flushed.get()
    var scan = PackedScan(layout)
    try scan.run(over: file) { _, _, _, _, _ in }
    if let problem = scan.problems.first { throw problem }
    let fingerprint = scan.fingerprint.text()
    try file.setAttribute("fingerprint", to: fingerprint)
    try file.close()
    try aside.commit()
    return fingerprint
  }

  private static func writeHeader(
    to file: borrowing HDF5File, _ layout: PackedLayout, name: String, splitSeed: Int?, creator: String
  ) throws(StorageError) {
    try file.setAttribute("format", to: PackedLayout.format)
    try file.setAttribute("format_version", to: layout.version)
    try file.setAttribute("name", to: name)
    try file.setAttribute("modalities", to: layout.modalities.map(\.name))
    if let splitSeed { try file.setAttribute("split_seed", to: splitSeed) }
    try file.setAttribute("creator", to: creator)
    for modality in layout.modalities {
      let group = PackedLayout.group(of: modality.name)
      try file.createGroup(group)
      try file.setAttribute("shape", to: modality.shape, at: group)
      try file.setAttribute("likelihood", to: modality.likelihood, at: group)
      try file.setAttribute("encoding", to: modality.encoding.rawValue, at: group)
      try file.setAttribute("scale", to: modality.scale, at: group)
      if !modality.classNames.isEmpty { try file.setAttribute("class_names", to: modality.classNames, at: group) }
      guard let standardization = modality.standardization else { continue }
      try file.write(standardization.mean, shape: modality.firstAxis, to: "\(group)/mean")
      try file.write(standardization.deviation, shape: modality.firstAxis, to: "\(group)/deviation")
    }
  }
}
