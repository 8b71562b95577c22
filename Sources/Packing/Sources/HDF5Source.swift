import Console
import Storage

/// A dataset of an HDF5 file, or a categorical or nullable column as AnnData writes it.
enum HDF5Source {
  /// - Parameter item: the path of the dataset.
  static func open(_ path: String, item: String?, _ content: SourceContent, spoolingIn directory: String) throws
    -> RowSource
  {
    let file = try HDF5File.open(path)
    guard let item, !item.isEmpty else { throw try missing(item ?? "", in: file) }
    let place = "\(path):\(item)"
    guard try file.exists(item) else { throw try missing(item, in: file) }
    guard try file.isGroup(item) else { return try dataset(item, of: file, place, content, directory) }
    let members = Set(try file.memberNames(of: item))
    if members.isSuperset(of: ["codes", "categories"]) { return try categorical(item, of: file, place, directory) }
    if members.isSuperset(of: ["values", "mask"]) { return try nullable(item, of: file, place, content, directory) }
    if members.isSuperset(of: ["data", "indices", "indptr"]) {
      throw PackingError(file: place, "a sparse matrix; write a dense one (X.toarray() in AnnData)")
    }
    throw PackingError(
      file: place, "a group and not a dataset; it has \(members.sorted().prefix(20).joined(separator: ", "))")
  }

  private static func missing(_ item: String, in file: borrowing HDF5File) throws -> PackingError {
    let known = try file.datasetPaths().map { "/" + $0 }
    let advice =
      item.isEmpty
      ? "known here: \(known.prefix(30).joined(separator: ", "))"
      : Suggestion.phrase(for: item, among: Array(known.prefix(30)))
    return PackingError(
      file: file.path,
      item.isEmpty
        ? "name a dataset in the file, as in \(file.path):/PATH; \(advice)"
        : "there is no dataset \(item); \(advice)")
  }

  private static func dataset(
    _ item: String, of file: borrowing HDF5File, _ place: String, _ content: SourceContent, _ directory: String
  ) throws -> RowSource {
    let dataset = try file.dataset(item)
    try RowSource.check(dataset.shape, place)
    switch try dataset.content() {
    case .number(let name):
      guard let kind = NPYElement.Kind(numPyName: name) else { break }
      return try numbers(dataset, kind, place, directory)
    case .text:
      guard dataset.rowElementCount == 1 else {
        throw PackingError(file: place, "expected one text a row, found rows of shape \(dataset.shape.dropFirst())")
      }
      var codes = try TextCodes(place: place, content, in: directory)
      try forEachText(of: dataset) { text throws(PackingError) in try codes.append(text) }
      return try codes.finish()
    case .other: break
    }
    throw PackingError(file: place, "neither numbers nor texts; write it as an array of whole numbers or floats")
  }

  /// Bytes and `float32` as they are, other types as `float64`, one after the other into a spool: rows of a compressed
  /// dataset cannot be read in any order without unpacking a chunk for each.
  private static func numbers(
    _ dataset: borrowing HDF5Dataset, _ kind: NPYElement.Kind, _ place: String, _ directory: String
  ) throws -> RowSource {
    let (type, stored): (ElementType, NPYElement.Kind) =
      switch kind {
      case .uint8, .bool: (.uint8, .uint8)
      case .float16, .float32: (.float32, .float32)
      default: (.float64, .float64)
      }
    var spool = try SpoolFile(in: directory)
    let rowByteCount = dataset.rowElementCount * type.byteCount
    let step = dataset.scanRowCount(rowByteCount: rowByteCount)
    for first in stride(from: 0, to: dataset.rowCount, by: step) {
      let rows = first..<min(first + step, dataset.rowCount)
      var block = [UInt8](repeating: 0, count: rows.count * rowByteCount)
      try block.withUnsafeMutableBytes { try dataset.readRows(rows, as: type, into: $0) }
      try spool.append(block)
    }
    return try RowSource(
      place: place, kind: kind, element: NPYElement(stored), shape: dataset.shape, try spool.finish())
  }

  /// `codes` count `categories`, whose order is that of the classes; -1 is a row without one.
  private static func categorical(
    _ item: String, of file: borrowing HDF5File, _ place: String, _ directory: String
  ) throws -> RowSource {
    let categories = try file.dataset(item + "/categories")
    var names: [String] = []
    try RowSource.check(categories.shape, place + "/categories")
    guard categories.rowElementCount == 1, categories.rowCount <= TextCodes.largestCount else {
      throw PackingError(file: place, "expected up to \(TextCodes.largestCount) categories")
    }
    if try categories.content() == .text {
      try forEachText(of: categories) { names.append($0) }
    } else {
      names = try categories.read(as: Double.self).map(plain)
    }
    var rows = try dataset(item + "/codes", of: file, place, .numbers, directory)
    guard rows.rowElementCount == 1, !rows.isFloat else {
      throw PackingError(file: place, "the codes are one whole number a row, found \(rows.kind) of \(rows.shape)")
    }
    try rows.require("the codes of \(names.count) categories are 0 to \(names.count - 1), or -1 for none") {
      $0 >= -1 && $0 < Double(names.count)
    }
    try checkClassNames(names, "\(place)/categories")
    rows = try rows.lackingRows(of: -1)
    rows.texts = names
    return rows
  }

  private static func nullable(
    _ item: String, of file: borrowing HDF5File, _ place: String, _ content: SourceContent, _ directory: String
  ) throws -> RowSource {
    let mask = try dataset(item + "/mask", of: file, place + "/mask", .numbers, directory)
    var isThere: [Bool] = []
    try mask.forEachBlock { isThere += $1.map { $0 == 0 } }
    let rows = try dataset(item + "/values", of: file, place, content, directory)
    guard rows.rowCount == isThere.count else {
      throw PackingError(file: place, "\(rows.rowCount) values with a mask of \(isThere.count)")
    }
    return rows.withPresence(isThere)
  }

  private static func forEachText(
    of dataset: borrowing HDF5Dataset, _ body: (String) throws(PackingError) -> Void
  ) throws {
    let step = 4096
    for first in stride(from: 0, to: dataset.rowCount, by: step) {
      for text in try dataset.readTexts(first..<min(first + step, dataset.rowCount)) { try body(text) }
    }
  }
}

extension NPYElement.Kind {
  fileprivate init?(numPyName name: String) {
    let all: [Self] = [
      .bool, .int8, .int16, .int32, .int64, .uint8, .uint16, .uint32, .uint64, .float16, .float32, .float64,
    ]
    guard let kind = all.first(where: { "\($0)" == name }) else { return nil }
    self = kind
  }
}
