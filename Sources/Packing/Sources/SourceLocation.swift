import Glibc

/// A file, and what is meant in it if it holds more than one array: `FILE` or `FILE:WHERE`.
package struct SourceLocation: Equatable, Sendable, CustomStringConvertible {
  package enum Kind: Sendable {
    case npy, npz, hdf5, table, pictures
    /// A table of another program, which is not read.
    case foreign
  }

  package let path: String
  /// The key of a `.npz` file, the path in an HDF5 file, the columns of a table, the list of a directory's pictures.
  package let item: String?
  package let kind: Kind

  private static let suffixes: [(String, Kind)] = [
    (".npy", .npy), (".npz", .npz), (".h5", .hdf5), (".hdf5", .hdf5), (".h5ad", .hdf5), (".csv", .table),
    (".tsv", .table), (".csv.gz", .table), (".tsv.gz", .table),
  ]

  /// The file ends at the first colon before which it has a known kind, by its name or, as an HDF5 file of another name
  /// and a directory of pictures, by what it is. A path of another kind is taken for a `.npy` file.
  package init(_ text: String) {
    let ends = text.indices.filter { text[$0] == ":" } + [text.endIndex]
    for end in ends {
      guard let kind = Self.kind(of: text[..<end]) else { continue }
      let item = end == text.endIndex ? nil : String(text[end...].dropFirst())
      (path, self.item, self.kind) = (String(text[..<end]), item, kind)
      return
    }
    (path, item, kind) = (text, nil, .npy)
  }

  package var description: String { item.map { "\(path):\($0)" } ?? path }

  private static func kind(of path: Substring) -> Kind? {
    if let kind = suffixes.first(where: { path.lowercased().hasSuffix($0.0) })?.1 { return kind }
    if ForeignFormat.isTable(path) { return .foreign }
    var status = stat()
    guard stat(String(path), &status) == 0 else { return nil }
    switch status.st_mode & S_IFMT {
    case S_IFDIR: return .pictures
    case S_IFREG: return (try? OpenFile(String(path)).hasHDF5Signature) ?? false ? .hdf5 : nil
    default: return nil
    }
  }
}

extension OpenFile {
  fileprivate var hasHDF5Signature: Bool {
    get throws {
      let signature: [UInt8] = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a]
      return try FileSection(whole: self).bytes(signature.count, at: 0) == signature
    }
  }
}
