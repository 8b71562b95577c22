import Storage

/// Packs arrays of which row *i* is one observation in every one of them.
/// - Parameters:
///   - note: receives what was decided about each array.
///   - warn: receives what is probably not meant.
package func packArrays(
  _ request: ArrayRequest, note: (String) -> Void, warn: (String) -> Void = { _ in }
) throws -> PackSummary {
  guard request.seed >= 0 else { throw PackingError("the seed is a whole number from 0 on, found \(request.seed)") }
  try checkNames(request.sources)
  guard let first = request.sources.first else { throw PackingError("name at least one array") }
  // An output that cannot be written must show before large sources are read.
  _ = try AtomicFile.begin(target: request.output, replacing: request.replacing)
  let directory = directory(of: request.output)
  let arrays = try request.sources.map { try open($0, request, spoolingIn: directory) }
  let join = try join(request, arrays, directory)
  let rowCount = join?.rowCount ?? arrays[0].rowCount
  if let join, join.isDisjoint {
    warn("no source has a key of another: every row has one modality alone. Are the keys written alike?")
  }
  if join == nil { for array in arrays { try checkRowCount(of: array, rowCount, asIn: "\(first.location)") } }
  var plan = try SplitPlan(request, rowCount, join, asIn: "\(first.location)", spoolingIn: directory)
  var modalities: [ArrayModality] = []
  for (index, array) in arrays.enumerated() {
    modalities.append(try ArrayModality(request.sources[index], array, mapping: join?.mappings[index]))
  }
  let empty = plan.leaveOut { row in !modalities.contains { $0.isPresent(row) } }
  for index in modalities.indices {
    try modalities[index].standardise(over: plan.rows(of: .train))
    note(modalities[index].explanation)
    for warning in modalities[index].warnings { warn(warning) }
  }
  if empty > 0 { note("\(empty) of \(rowCount) rows lack every modality and are left out") }
  try plan.check(rowCount)
  try check(modalities, plan)
  return try write(modalities, plan, request)
}

/// What nothing has to be read for.
private func checkNames(_ sources: [ArraySource]) throws(PackingError) {
  if let objection = sources.lazy.compactMap({ ModalityDescription.objection(toName: $0.name) }).first {
    throw PackingError(objection)
  }
  if let name = firstDuplicate(sources.map(\.name)) { throw PackingError("two modalities are called \"\(name)\"") }
  for source in sources { try checkClassNames(source.classNames, "the class names of \(source.name)") }
}

/// - Parameter place: where the names are from.
func checkClassNames(_ names: [String], _ place: String) throws(PackingError) {
  if names.contains("") { throw PackingError("\(place): one is empty") }
  if let name = firstDuplicate(names) { throw PackingError("\(place): \"\(name)\" is there twice") }
}

private func check(_ modalities: [ArrayModality], _ plan: SplitPlan) throws(PackingError) {
  for modality in modalities where !plan.rows(of: .train).contains(where: modality.isPresent) {
    throw PackingError(file: modality.rows.place, "no training row has \(modality.description.name)")
  }
}

private func open(_ source: ArraySource, _ request: ArrayRequest, spoolingIn directory: String) throws -> RowSource {
  var rows = try source.rows(spoolingIn: directory)
  if let mask = source.mask { rows = try rows.masked(by: mask.rows(.numbers, spoolingIn: directory)) }
  return try request.missing.map { try rows.lackingRows(of: $0) } ?? rows
}

/// Which rows belong together, if that is by their keys.
private func join(_ request: ArrayRequest, _ arrays: [RowSource], _ directory: String) throws -> RowJoin? {
  guard request.key != nil || request.sources.contains(where: { $0.key != nil }) else { return nil }
  return try RowJoin(
    zip(request.sources, arrays).map { source, array in
      let location = try source.key ?? request.key.map { try source.location.keys($0) }
      guard let location else { throw PackingError("--key names no keys of \(source.name)") }
      let keys = try RowKeys(location, spoolingIn: directory)
      guard keys.keys.count == array.rowCount else {
        throw PackingError("\(array.place) has \(array.rowCount) rows, but \(keys.place) \(keys.keys.count) keys")
      }
      return keys
    })
}

func checkRowCount(of rows: RowSource, _ count: Int, asIn first: String) throws(PackingError) {
  guard rows.rowCount == count else {
    throw PackingError("\(first) has \(count) rows, but \(rows.place) \(rows.rowCount)")
  }
}

private func write(
  _ modalities: [ArrayModality], _ plan: SplitPlan, _ request: ArrayRequest
) throws -> PackSummary {
  let rowCounts = plan.rows.mapValues(\.count)
  let seed: Int? = if case .fractions = request.division { request.seed } else { nil }
  let gaps = plan.rows.mapValues { rows in
    Set(modalities.filter { !rows.allSatisfy($0.isPresent) }.map(\.description.name))
  }
  var writer = try PackedDatasetWriter.create(
    at: request.output, replacing: request.replacing, name: request.name, modalities: modalities.map(\.description),
    rowCounts: rowCounts, gaps: gaps, splitSeed: seed, creator: request.creator)
  for split in Split.allCases {
    let rows = plan.rows(of: split)
    for modality in modalities {
      let name = modality.description.name
      if gaps[split]?.contains(name) ?? false {
        try writer.append(present: rows.map(modality.isPresent), to: name, split)
      }
      try modality.forEachStoredBlock(of: rows) { try writer.append($0.span.bytes, to: name, split) }
    }
    try writer.append(sourceRows: rows, to: split)
  }
  return PackSummary(name: request.name, fingerprint: try writer.finish(), rowCounts: rowCounts)
}
