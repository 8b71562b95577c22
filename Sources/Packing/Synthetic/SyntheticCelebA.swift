import Glibc
import Storage

/// Draws faces whose pixels depend on their attributes, in the layout of CelebA's files: `img_align_celeba/000001.jpg`
/// and so on, `list_attr_celeba.txt` and `list_eval_partition.txt` (of ten images eight, one and one, in order).
package struct SyntheticCelebA: Sendable {
  private let count: Int
  private let directory: String
  private let seed: Int
  private let workers: Workers

  /// - Parameters:
  ///   - count: images to draw, 10 to 999 999.
  ///   - directory: is made if it is not there. One that has images or tables already is left as it is.
  ///   - seed: not negative. Each image depends on it and its number alone.
  package init(count: Int, directory: String, seed: Int, threads: Int) throws(PackingError) {
    guard (10...999_999).contains(count) else { throw PackingError("10 to 999999 images can be drawn, not \(count)") }
    guard seed >= 0 else { throw PackingError("the seed is a whole number from 0 on, found \(seed)") }
    (self.count, self.directory, self.seed) = (count, directory, seed)
    workers = Workers(threadCount: threads)
  }

  /// Images between two reports of progress.
  private static let blockCount = 256

  private var attributeFile: String { directory + "/list_attr_celeba.txt" }
  private var imageDirectory: String { directory + "/img_align_celeba" }
  private var partitionFile: String { directory + "/list_eval_partition.txt" }
  /// There while images are being drawn: what lies in the directory is ours to replace.
  private var marker: String { directory + "/.drawing" }

  /// - Parameter progress: receives the number of images drawn.
  package func write(progress: (Int) -> Void) throws {
    try claimDirectory()
    for first in stride(from: 0, to: count, by: Self.blockCount) {
      let block = first..<min(first + Self.blockCount, count)
      try workers.forEach(below: block.count, state: Self.makeEncoder) { encoder, index throws(PackingError) in
        try draw(block.lowerBound + index, encoder)
      }
      progress(block.upperBound)
    }
    try writeAtomically(bytes: partition.utf8, to: partitionFile)
    try writeAtomically(bytes: attributes.utf8, to: attributeFile)
    unlink(marker)
  }

  /// Refuses a directory with images or tables that an interrupted run has not left: they may be the real ones.
  private func claimDirectory() throws {
    let mayReplace = access(marker, F_OK) == 0 && access(attributeFile, F_OK) != 0
    for path in [attributeFile, partitionFile, imageDirectory] where !mayReplace && access(path, F_OK) == 0 {
      throw PackingError(file: path, "exists already. Name another directory")
    }
    guard mkdir(directory, 0o777) == 0 || errno == EEXIST else { throw PackingError.system(directory) }
    try writeAtomically(bytes: [], to: marker)
    guard mkdir(imageDirectory, 0o777) == 0 || errno == EEXIST else { throw PackingError.system(imageDirectory) }
  }

  private static func makeEncoder() throws(PackingError) -> JPEGEncoder { try JPEGEncoder() }

  private func draw(_ index: Int, _ encoder: borrowing JPEGEncoder) throws(PackingError) {
    var draws = SplitMix64(seed: seed, piece: index)
    let attributes = FaceAttributes(&draws)
    try writeFile(try encoder.encode(FaceDrawing.draw(attributes, &draws)), "\(imageDirectory)/\(name(index))")
  }

  private func name(_ index: Int) -> String {
    let digits = String(index + 1)
    return String(repeating: "0", count: 6 - digits.count) + digits + ".jpg"
  }

  private var attributes: String {
    var text = "\(count)\n\(FaceAttributes.names.joined(separator: " "))\n"
    for index in 0..<count {
      var draws = SplitMix64(seed: seed, piece: index)
      let attributes = FaceAttributes(&draws)
      text += name(index) + attributes.values(&draws).map { $0 ? " 1" : " -1" }.joined() + "\n"
    }
    return text
  }

  private var partition: String {
    (0..<count).map { "\(name($0)) \($0 < count * 8 / 10 ? 0 : $0 < count * 9 / 10 ? 1 : 2)\n" }.joined()
  }
}
