import Glibc

/// The pictures of a directory in the order of a list.
struct PictureList: Sendable {
  /// The file of each row; nil if the row has no picture.
  let paths: [String?]

  private static let suffixes = ["", ".png", ".jpg", ".jpeg", ".PNG", ".JPG", ".JPEG"]

  /// - Parameter list: a text file with a name on each line, or a table and its column.
  init(_ directory: String, list: String?) throws(PackingError) {
    guard let list, !list.isEmpty else {
      throw PackingError(
        file: directory,
        "a directory has no order; name a list of its pictures: \(directory):LIST.txt, or \(directory):TABLE.csv:COLUMN"
      )
    }
    let location = SourceLocation(list)
    var paths: [String?] = []
    if location.kind == .table {
      try TableSource.forEachCell(location.path, column: location.item) { name throws(PackingError) in
        paths.append(try name.map { name throws(PackingError) in try Self.file(name, paths.count, directory, list) })
      }
    } else {
      let table = try TextTable.read(list)
      for line in stride(from: 1, through: table.lineCount, by: 1) {
        let name = table.line(line)
        paths.append(name.isEmpty ? nil : try Self.file(name, line - 1, directory, list))
      }
    }
    guard paths.contains(where: { $0 != nil }) else { throw PackingError(file: list, "it names no picture") }
    self.paths = paths
  }

  /// The file, whose name may lack its suffix in the list.
  private static func file(
    _ name: String, _ row: Int, _ directory: String, _ list: String
  ) throws(PackingError) -> String {
    var status = stat()
    for suffix in suffixes {
      let path = "\(directory)/\(name)\(suffix)"
      if stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG { return path }
    }
    throw PackingError(
      file: "\(directory)/\(name)",
      "there is no such picture, though row \(row) of \(list) names it; leave its cell "
        + "empty where a row has none")
  }
}
