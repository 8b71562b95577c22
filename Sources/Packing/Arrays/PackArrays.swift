import Storage

/// Packs arrays of which row *i* is one observation in every one of them.
/// - Parameter note: receives what was decided about each array.
package func packArrays(_ request: ArrayRequest, note: (String) -> Void) throws -> PackSummary {
  guard request.seed >= 0 else { throw PackingError("the seed is a whole number from 0 on, found \(request.seed)") }
  if let name = firstDuplicate(request.sources.map(\.name)) {
    throw PackingError("two modalities are called \"\(name)\"")
  }
  guard let first = request.sources.first else { throw PackingError("name at least one array") }
  let rowCount = try NPYFile(first.path).rowCount
  for source in request.sources {
    try checkRowCount(of: source.path, rowCount, asIn: first.path)
  }
  let plan = try planRows(request, rowCount, asIn: first.path)
  var modalities: [ArrayModality] = []
  for source in request.sources {
    let modality = try ArrayModality(source)
    note(modality.explanation)
    modalities.append(modality)
  }
  return try write(modalities, plan, request)
}

private func write(
  _ modalities: [ArrayModality], _ plan: [Split: [Int]], _ request: ArrayRequest
) throws -> PackSummary {
  let rowCounts = plan.mapValues(\.count)
  let seed: Int? = if case .fractions = request.division { request.seed } else { nil }
  var writer = try PackedDatasetWriter.create(
    at: request.output, replacing: request.replacing, name: request.name, modalities: modalities.map(\.description),
    rowCounts: rowCounts, splitSeed: seed, creator: request.creator)
  for split in Split.allCases {
    let rows = plan[split] ?? []
    for modality in modalities {
      try modality.forEachStoredBlock(of: rows) { bytes in
        try writer.append(bytes.span.bytes, to: modality.description.name, split)
      }
    }
    try writer.append(sourceRows: rows, to: split)
  }
  return PackSummary(name: request.name, fingerprint: try writer.finish(), rowCounts: rowCounts)
}

private func checkRowCount(of path: String, _ count: Int, asIn first: String) throws(PackingError) {
  let found = try NPYFile(path).rowCount
  guard found == count else { throw PackingError("\(first) has \(count) rows, but \(path) \(found)") }
}

/// The source rows of every split: training rows in random order, the others in the order of the arrays.
private func planRows(
  _ request: ArrayRequest, _ rowCount: Int, asIn first: String
) throws -> [Split: [Int]] {
  var generator = SplitMix64(seed: UInt64(request.seed))
  let order = generator.permutation(count: rowCount)
  var plan: [Split: [Int]] = [:]
  switch request.division {
  case .fractions(let validation, let test):
    guard validation > 0, test > 0, validation + test < 1 else {
      throw PackingError("the fractions for validation and test are above 0 and together below 1")
    }
    let (validation, test) = (Int((Double(rowCount) * validation).rounded()), Int((Double(rowCount) * test).rounded()))
    plan[.test] = order.prefix(test).sorted()
    plan[.validation] = order[test..<(test + validation)].sorted()
    plan[.train] = Array(order[(test + validation)...])
  case .file(let path):
    try checkRowCount(of: path, rowCount, asIn: first)
    let splits = try givenSplits(NPYFile(path))
    for (index, split) in Split.allCases.enumerated() {
      let rows = order.filter { splits[$0] == UInt8(index) }
      plan[split] = split == .train ? rows : rows.sorted()
    }
  }
  for split in Split.allCases where plan[split, default: []].isEmpty {
    throw PackingError("of \(rowCount) rows none would be in the \(split.rawValue) split")
  }
  return plan
}

/// The index of each row's split.
private func givenSplits(_ array: NPYFile) throws -> [UInt8] {
  guard array.rowElementCount == 1 else {
    throw PackingError(file: array.path, "expected one number a row, found rows of shape \(array.rowShape)")
  }
  try array.require("a row belongs to 0 (train), 1 (validation) or 2 (test)") { [0, 1, 2].contains($0) }
  var splits: [UInt8] = []
  try array.forEachBlock { splits += $1.map { UInt8($0) } }
  return splits
}
