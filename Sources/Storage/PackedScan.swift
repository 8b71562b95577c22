/// Reads every row of a packed file once, in canonical order and in blocks, and hashes it.
struct PackedScan {
  let layout: PackedLayout
  private(set) var fingerprint: ContentFingerprint
  /// The rows that could not be read. The fingerprint says nothing if there are any.
  private(set) var problems: [StorageError] = []

  init(_ layout: PackedLayout) {
    self.layout = layout
    fingerprint = ContentFingerprint(layout)
  }

  /// What is read of a modality in a split.
  enum Part { case rows, mask }

  /// - Parameter visit: sees each block of rows with the index of its first; of a mask, before them.
  mutating func run(
    over file: borrowing HDF5File, visit: (ModalityDescription, Split, Part, Int, UnsafeRawBufferPointer) -> Void
  ) throws(StorageError) {
    for split in Split.allCases {
      for modality in layout.modalities {
        let rowCount = layout.rowCount(of: split)
        // First the mask: whoever looks at values wants to know which rows have them.
        if layout.hasGaps(modality.name, split) {
          fingerprint.beginMask(modality, split, rowCount: rowCount)
          let path = PackedLayout.mask(modality.name, split)
          try scan(try file.dataset(path), .uint8, rowByteCount: 1, path: path, file: file.path) {
            visit(modality, split, .mask, $0, $1)
          }
        }
        fingerprint.beginDataset(modality, split, rowCount: rowCount)
        let path = PackedLayout.dataset(modality.name, split)
        try scan(
          try file.dataset(path), modality.elementType, rowByteCount: modality.rowByteCount, path: path,
          file: file.path
        ) { visit(modality, split, .rows, $0, $1) }
      }
    }
  }

  private mutating func scan(
    _ dataset: borrowing HDF5Dataset, _ type: ElementType, rowByteCount: Int, path: String, file: String,
    visit: (Int, UnsafeRawBufferPointer) -> Void
  ) throws(StorageError) {
    let blockRows = dataset.scanRowCount(rowByteCount: rowByteCount)
    let buffer = UnsafeMutableRawBufferPointer.allocate(
      byteCount: min(blockRows, dataset.rowCount) * rowByteCount, alignment: 16)
    defer { buffer.deallocate() }
    for row in stride(from: 0, to: dataset.rowCount, by: blockRows) {
      let rows = row..<min(row + blockRows, dataset.rowCount)
      let block = UnsafeMutableRawBufferPointer(rebasing: buffer[..<(rows.count * rowByteCount)])
      do {
        try dataset.readRows(rows, as: type, into: block)
        fingerprint.add(rows: UnsafeRawBufferPointer(block))
        visit(row, UnsafeRawBufferPointer(block))
      } catch {
        let details = ["rows \(rows.lowerBound) to \(rows.upperBound - 1) cannot be read"] + error.details
        problems.append(
          StorageError(.damaged, call: error.call, object: path, path: file, details, advice: error.advice))
      }
    }
  }
}

extension HDF5Dataset {
  /// Whole chunks of about half a megabyte, so that each is read once and a damaged one is named closely.
  package func scanRowCount(rowByteCount: Int) -> Int {
    let wanted = blockRowCount(rowByteCount: rowByteCount)
    // Chunks of more than that HDF5 reads piece by piece.
    guard let chunkRowCount, let chunk = product(of: [chunkRowCount, rowByteCount]), chunk <= 1 << 30 else {
      return wanted
    }
    return max(1, wanted / chunkRowCount) * chunkRowCount
  }
}
