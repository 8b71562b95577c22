/// Formats of other programs that are not read, and what makes one of them that is.
enum ForeignFormat {
  /// Of tables and arrays: the end of the name, what it is, and what Python turns it into.
  private static let files: [(suffix: String, name: String, reader: String)] = [
    (".xlsx", "an Excel workbook", "pandas.read_excel"), (".xls", "an Excel workbook", "pandas.read_excel"),
    (".ods", "a spreadsheet", "pandas.read_excel"), (".parquet", "a Parquet file", "pandas.read_parquet"),
    (".feather", "a Feather file", "pandas.read_feather"), (".arrow", "an Arrow file", "pandas.read_feather"),
    (".pkl", "a pickle", "pandas.read_pickle"), (".pickle", "a pickle", "pandas.read_pickle"),
  ]

  /// Of pictures: how a file begins, and what it is.
  private static let pictures: [(bytes: String, name: String)] = [
    ("BM", "a BMP picture"), ("II*\0", "a TIFF picture"), ("MM\0*", "a TIFF picture"), ("RIFF", "a WebP picture"),
    ("GIF8", "a GIF picture"),
  ]

  static func isTable(_ path: Substring) -> Bool { files.contains { path.lowercased().hasSuffix($0.suffix) } }

  static func table(_ path: String) -> PackingError {
    guard let format = files.first(where: { path.lowercased().hasSuffix($0.suffix) }) else {
      preconditionFailure("\(path) is no table of another format")
    }
    return PackingError(
      file: path,
      "\(format.name), which is not read; in Python: \(format.reader)(\"\(path)\").to_csv(\"table.csv\", index=False)")
  }

  /// - Returns: nil if the file begins like none of them.
  static func picture(_ file: [UInt8], _ path: String) -> PackingError? {
    pictures.first { file.starts(with: Array($0.bytes.utf8)) }.map {
      PackingError(
        file: path,
        "\($0.name); only PNG and JPEG are read. In Python with Pillow: Image.open(\"\(path)\").save(\"picture.png\")")
    }
  }
}
