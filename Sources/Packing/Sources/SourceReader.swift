/// What is to become of a source's rows.
enum SourceContent {
  case numbers
  /// Classes; of a table also where cells are whole numbers.
  case texts
  /// Classes if they are texts; of a table, if the first cell is.
  case either
  /// What rows of several sources are joined by.
  case keys
}

extension SourceLocation {
  /// Opens what is meant; what can only be read in its order is read once, into a spool.
  /// - Parameters:
  ///   - side: of the squares that pictures become; nil if they stay as they are.
  ///   - directory: where there is room for that.
  func rows(
    _ content: SourceContent = .either, side: Int? = nil, spoolingIn directory: String
  ) throws -> RowSource {
    switch kind {
    case .npy:
      return try NPYSource.open(FileSection(whole: OpenFile(path)), place: path, content, spoolingIn: directory)
    case .npz: return try NPZSource.open(path, key: item, content, spoolingIn: directory)
    case .hdf5: return try HDF5Source.open(path, item: item, content, spoolingIn: directory)
    case .table: return try TableSource.open(path, columns: item, content, spoolingIn: directory)
    case .pictures: return try PictureSource.open(path, list: item, side: side, spoolingIn: directory)
    case .foreign: throw ForeignFormat.table(path)
    }
  }

  /// Where the keys of this source's rows are.
  /// - Parameter name: of a column, of an array, or of a dataset in the same file.
  func keys(_ name: String) throws(PackingError) -> SourceLocation {
    switch kind {
    case .npz, .hdf5, .table: return SourceLocation("\(path):\(name)")
    case .pictures:
      let list = SourceLocation(item ?? "")
      if list.kind == .table { return SourceLocation("\(list.path):\(name)") }
    case .npy, .foreign: break
    }
    throw PackingError(
      file: "\(self)", "it has no \"\(name)\" to join by; say where its keys are: --key MODALITY=FILE[:WHERE]")
  }
}
