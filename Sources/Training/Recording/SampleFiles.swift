internal import Foundation
internal import Storage

/// The pictures of a run, a PNG file each. Those of an epoch that is trained again are replaced.
package final class SampleFiles: RunLog {
  private let directory: String
  private var pictures: [(path: String, png: [UInt8])] = []

  var waiting: String? { pictures.isEmpty ? nil : "\(pictures.count) pictures" }

  package init(directory: String) { self.directory = directory }

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
