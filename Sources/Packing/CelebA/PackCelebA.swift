import Storage

/// Packs faces of 64 by 64 pixels and their attributes.
///
/// Decoded faces go to a file beside the output, `OUTPUT.partial`, in the order they are packed in. It outlives an
/// interruption, and the next run with the same images resumes after them.
package func packCelebA(_ request: CelebARequest, progress: (PackingProgress) -> Void) throws -> PackSummary {
  let table = try AttributeTable.read(request.attributes)
  let columns = try request.attributeSet.columns(of: table)
  let given = try request.partition.map { try Partition.read($0, table) }
  let plan = try CelebAPlan(given: given, count: table.images.count, limit: request.limit, seed: request.seed)
  let listing = try ImageListing(table, rows: plan.order, in: request.images)
  // An output that cannot be written must show before an hour of decoding.
  _ = try AtomicFile.begin(target: request.output, replacing: request.replacing)
  var faces = try PartialRows.open(
    request.output + ".partial", digest: listing.digest, rowByteCount: FaceDecoder.byteCount,
    atMost: plan.order.count)
  try decode(listing.paths, to: &faces, Workers(threadCount: request.threads), progress)
  progress(.writing)
  let fingerprint = try write(faces, table, columns, plan, request)
  faces.remove()
  return PackSummary(name: "celeba", fingerprint: fingerprint, rowCounts: plan.rows.mapValues(\.count))
}

/// Decodes the images that `faces` does not have yet, a block at a time.
private func decode(
  _ paths: [String], to faces: inout PartialRows, _ workers: Workers, _ progress: (PackingProgress) -> Void
) throws(PackingError) {
  if faces.startedAnew { progress(.startingAnew) }
  if faces.rowCount > 0 { progress(.resuming(done: faces.rowCount, total: paths.count)) }
  let size = FaceDecoder.byteCount
  // Shared by the threads, each of which writes only the faces it decodes.
  nonisolated(unsafe) let buffer = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: blockRowCount * size)
  defer { buffer.deallocate() }
  for block in blocks(faces.rowCount..<paths.count) {
    try workers.forEach(below: block.count, state: makeDecoder) { decoder, row throws(PackingError) in
      let face = UnsafeMutableBufferPointer(rebasing: buffer[(row * size)..<((row + 1) * size)])
      try decoder.decode(paths[block.lowerBound + row], into: face)
    }
    try faces.append(UnsafeRawBufferPointer(UnsafeMutableBufferPointer(rebasing: buffer[..<(block.count * size)])))
    progress(.decoded(block.upperBound, total: paths.count))
  }
}

private let makeDecoder: @Sendable () throws(PackingError) -> FaceDecoder = { () throws(PackingError) in
  try FaceDecoder()
}

/// Writes the output and returns its fingerprint.
private func write(
  _ faces: borrowing PartialRows, _ table: AttributeTable, _ columns: [Int], _ plan: CelebAPlan,
  _ request: CelebARequest
) throws -> String {
  let seed = request.partition == nil ? request.seed : nil
  var writer = try PackedDatasetWriter.create(
    at: request.output, replacing: request.replacing, name: "celeba",
    modalities: celebAModalities(attributeNames: columns.map { table.names[$0] }),
    rowCounts: plan.rows.mapValues(\.count), splitSeed: seed, creator: request.creator)
  var first = 0
  for split in Split.allCases {
    let rows = plan.rows[split] ?? []
    for block in blocks(first..<(first + rows.count)) {
      let pixels = try faces.read(block)
      try writer.append(pixels.span.bytes, to: "image", split)
    }
    first += rows.count
    let attributes = rows.flatMap { table.row($0, columns: columns) }
    try writer.append(attributes.span.bytes, to: "attributes", split)
    try writer.append(sourceRows: rows, to: split)
  }
  return try writer.finish()
}

private func celebAModalities(attributeNames: [String]) -> [ModalityDescription] {
  [
    ModalityDescription(
      name: "image", shape: [3, FaceDecoder.side, FaceDecoder.side], likelihood: "bernoulli", encoding: .values,
      elementType: .uint8, scale: 1 / 255),
    ModalityDescription(
      name: "attributes", shape: [attributeNames.count], likelihood: "bernoulli", encoding: .values,
      elementType: .uint8, classNames: attributeNames),
  ]
}

/// How many faces are in memory at once: 6 MB.
private let blockRowCount = 512

private func blocks(_ rows: Range<Int>) -> [Range<Int>] {
  stride(from: rows.lowerBound, to: rows.upperBound, by: blockRowCount).map {
    $0..<min($0 + blockRowCount, rows.upperBound)
  }
}
