internal import Packing
internal import Storage

/// The first byte says what the array is to become, and the rest is the file.
func readNPY(_ input: [UInt8]) {
  let file = MemoryFile(input.dropFirst())
  readRows(file.path, choice: input.first ?? 0)
}

/// The first byte says what the only array of an archive is to become.
func readNPZ(_ input: [UInt8]) {
  let file = MemoryFile(input.dropFirst(), suffix: ".npz")
  readRows(file.path, choice: input.first ?? 0)
  readRows(file.path + ":x", choice: input.first ?? 0)
}

/// The first byte says what columns are to become.
func readCSV(_ input: [UInt8]) {
  let file = MemoryFile(input.dropFirst(), suffix: ".csv")
  for columns in ["", ":a", ":a,b..c"] { readRows(file.path + columns, choice: input.first ?? 0) }
}

private func readRows(_ path: String, choice: UInt8) {
  let kinds = [.bernoulli, .categorical, .gaussian, nil, .poisson] as [ArraySource.Likelihood?]
  let likelihood = kinds[Int(choice) % kinds.count]
  let source = ArraySource(name: "x", path: path, likelihood: likelihood)
  guard let array = try? ArrayModality(source, spoolingIn: "/dev/shm") else { return }
  let rows = Array((0..<min(array.rowCount, 64)).reversed())
  try? array.forEachStoredBlock(of: rows) { bytes in
    precondition(bytes.count == rows.count * array.description.rowByteCount, "rows have another size")
  }
}

/// As labels and as pictures.
func readIDX(_ input: [UInt8]) {
  let file = MemoryFile(input)
  for rowShape in [[], [28, 28]] {
    guard let array = try? IDXReader.read(file.path, rowShape: rowShape) else { continue }
    precondition(array.bytes.count == array.rowCount * array.rowByteCount, "rows have another size")
  }
}

func readJPEG(_ input: [UInt8]) {
  let file = MemoryFile(input)
  guard var decoder = try? FaceDecoder() else { return }
  let face = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: FaceDecoder.byteCount)
  defer { face.deallocate() }
  try? decoder.decode(file.path, into: face)
}

/// The table of attributes, a zero byte, and the table of the split.
func readCelebATables(_ input: [UInt8]) {
  let parts = input.split(separator: 0, maxSplits: 1, omittingEmptySubsequences: false)
  let attributes = MemoryFile(parts[0])
  let partition = MemoryFile(parts.count > 1 ? parts[1] : [])
  guard let table = try? AttributeTable.read(attributes.path) else { return }
  _ = try? AttributeSet.all.columns(of: table)
  _ = try? AttributeSet.paper.columns(of: table)
  _ = try? Partition.read(partition.path, table)
}

/// Everything that the programs do with a packed file before they use its rows.
func readPackedDataset(_ input: [UInt8]) {
  let file = MemoryFile(input)
  guard let dataset = try? PackedDataset.open(file.path) else { return }
  _ = try? dataset.verify()
  for split in Split.allCases {
    _ = try? dataset.sourceRows(of: split)
    for modality in dataset.modalities {
      if modality.encoding == .classIndex { _ = try? dataset.classCounts(of: modality, split) }
      let rows = 0..<min(dataset.rowCount(of: split), dataset.blockRowCount(modality.name, split), 4)
      let buffer = UnsafeMutableRawBufferPointer.allocate(
        byteCount: rows.count * modality.rowByteCount, alignment: 16)
      defer { buffer.deallocate() }
      try? dataset.readRows(modality.name, split, rows, into: buffer)
    }
  }
}
