import Console

/// An array of a `.npz` file: a zip archive with a `.npy` file for each array, deflated or not.
enum NPZSource {
  /// - Parameter key: the name of the array; may be nil if there is only one.
  static func open(_ path: String, key: String?, _ content: SourceContent, spoolingIn directory: String) throws
    -> RowSource
  {
    let archive = try ZipArchive(path)
    let member = try find(key, in: archive)
    let place = "\(path):\(name(of: member))"
    guard !member.isEncrypted else { throw PackingError(file: place, "the archive is encrypted") }
    let bytes = try archive.content(of: member)
    switch member.method {
    case 0:
      try bytes.verify(member, place: place)
      return try NPYSource.open(bytes, place: place, content, spoolingIn: directory)
    case 8:
      let inflated = try bytes.inflated(member, place: place, in: directory)
      return try NPYSource.open(inflated, place: place, content, spoolingIn: directory)
    default:
      throw PackingError(
        file: place, "packed by method \(member.method) of zip; save it with numpy.savez or savez_compressed")
    }
  }

  private static func find(_ key: String?, in archive: ZipArchive) throws(PackingError) -> ZipArchive.Member {
    let names = archive.members.map(name)
    guard let key else {
      guard archive.members.count == 1 else {
        throw PackingError(
          file: archive.path,
          "it has \(names.count) arrays (\(names.prefix(20).joined(separator: ", "))); name one, "
            + "as in \(archive.path):\(names.first ?? "KEY")")
      }
      return archive.members[0]
    }
    guard let index = names.firstIndex(of: key) else {
      throw PackingError(
        file: archive.path, "there is no array \"\(key)\"; \(Suggestion.phrase(for: key, among: names))")
    }
    return archive.members[index]
  }

  private static func name(of member: ZipArchive.Member) -> String {
    member.name.hasSuffix(".npy") ? String(member.name.dropLast(4)) : member.name
  }
}
