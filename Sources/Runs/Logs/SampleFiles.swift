internal import Foundation
internal import Storage

/// The pictures of a run, a PNG file each.
package final class SampleFiles: RunLog {
  private let directory: String
  private var pictures: [(path: String, png: [UInt8])] = []

  var waiting: String? { pictures.isEmpty ? nil : "\(pictures.count) pictures" }

  package init(directory: String) { self.directory = directory }

  /// Removes those of epochs after `epoch`.
  /// - Throws: `StorageError` when one cannot be removed.
  func remove(after epoch: Int) throws(StorageError) {
    // A run that has drawn none has no directory.
    let names = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
    for name in names where Self.epoch(of: name).map({ $0 > epoch }) ?? false {
      let path = "\(directory)/\(name)"
      guard unlink(path) == 0 else { throw .system("remove", path: path, code: errno) }
    }
  }

  /// - Returns: nil when it is not the name of a picture.
  private static func epoch(of name: String) -> Int? {
    let parts = name.split(separator: "-", maxSplits: 2)
    guard parts.count == 3, parts[0] == "epoch", parts[2].hasSuffix(".png") else { return nil }
    return Int(parts[1])
  }

  /// - Throws: when one cannot be written; it then waits for the next call of this or of `flush`.
  package func add(_ pictures: [SamplePicture], epoch: Int) throws {
    self.pictures += pictures.map { ("\(directory)/epoch-\(epoch.digits(5))-\($0.name).png", $0.png) }
    try flush()
  }

  func flush() throws {
    while let picture = pictures.first {
      // Not the run's own directory, should it be away.
      mkdir(directory, 0o777)
      try writeAtomically(bytes: picture.png, to: picture.path)
      pictures.removeFirst()
    }
  }
}
