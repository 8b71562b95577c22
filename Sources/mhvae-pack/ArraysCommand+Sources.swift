import ArgumentParser
import Packing

extension ArraysCommand {
  /// The modalities, each with what further options say of it.
  func sources() throws -> [ArraySource] {
    var sources = NamedSources(try modalities.map { try source($0) })
    try sources.set(shapes, "--shape", as: "image=1,28,28") { $0.shape = try extents($1) }
    try sources.set(classNames, "--class-names", as: "kind=cat,dog") { $0.classNames = commaSeparated($1) }
    try sources.set(present, "--present", as: "image=mask.npy") { $0.mask = SourceLocation($1) }
    try sources.set(sizes, "--size", as: "image=64") { $0.side = try side($1) }
    try sources.set(keys.filter { $0.contains("=") }, "--key", as: "image=ids.npy") { $0.key = SourceLocation($1) }
    for name in channelsLast { try sources.set(name, "--channels-last") { $0.hasChannelsLast = true } }
    return sources.all
  }

  private func source(_ text: String) throws -> ArraySource {
    let (name, value) = try pair(text, "--modality", as: "image=x.npy")
    do {
      return try ArraySource(name: name, parsing: value)
    } catch { throw ValidationError("--modality \(name)=\(error)") }
  }

  private func side(_ text: String) throws -> Int {
    guard let side = Int(text), (1...4096).contains(side) else {
      throw ValidationError("--size is a number of pixels from 1 to 4096, found \"\(text)\"")
    }
    return side
  }

  private func extents(_ text: String) throws -> [Int] {
    let extents = commaSeparated(text).compactMap { Int($0) }.filter { (1...(1 << 20)).contains($0) }
    guard extents.count == commaSeparated(text).count, [1, 3].contains(extents.count) else {
      throw ValidationError("--shape wants one extent or three (channels, height, width), found \"\(text)\"")
    }
    return extents
  }
}

/// Sources that options name.
private struct NamedSources {
  private(set) var all: [ArraySource]

  init(_ all: [ArraySource]) { self.all = all }

  /// Changes the source that an option names.
  mutating func set(_ name: String, _ option: String, _ change: (inout ArraySource) throws -> Void) throws {
    guard let index = all.firstIndex(where: { $0.name == name }) else {
      throw ValidationError("\(option) names \"\(name)\", which no --modality does")
    }
    try change(&all[index])
  }

  /// Does so for each `NAME=VALUE`.
  /// - Parameter example: how the option is written.
  mutating func set(
    _ texts: [String], _ option: String, as example: String,
    _ change: (inout ArraySource, _ value: String) throws -> Void
  ) throws {
    for text in texts {
      let (name, value) = try pair(text, option, as: example)
      try set(name, option) { try change(&$0, value) }
    }
  }
}

private func pair(_ text: String, _ option: String, as example: String) throws -> (name: String, value: String) {
  guard let sign = text.firstIndex(of: "="), sign > text.startIndex else {
    throw ValidationError("\(option) is written as in \(example), found \"\(text)\"")
  }
  return (String(text[..<sign]), String(text[sign...].dropFirst()))
}
