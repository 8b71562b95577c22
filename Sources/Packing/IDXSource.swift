import Glibc
import Storage

/// A dataset that is published as four IDX files of 28 by 28 pictures and their classes.
package struct IDXSource: Sendable {
  /// The name the packed file carries.
  package let name: String
  package let classNames: [String]

  package static let mnist = IDXSource(name: "mnist", classNames: (0..<10).map { "\($0)" })

  package static let fashionMNIST = IDXSource(
    name: "fashion-mnist",
    classNames: [
      "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot",
    ])

  static let imageShape = [28, 28]
}

/// The images of one of the official parts with their labels, counted and checked.
struct IDXPart {
  let images: IDXArray
  let labels: IDXArray

  /// Reads `train` or `t10k` from a directory.
  static func read(_ part: String, in directory: String, classCount: Int) throws(PackingError) -> IDXPart {
    let images = try IDXReader.read(locate("\(part)-images", "idx3-ubyte", directory), rowShape: IDXSource.imageShape)
    let labels = try IDXReader.read(locate("\(part)-labels", "idx1-ubyte", directory), rowShape: [])
    guard images.rowCount == labels.rowCount else {
      throw PackingError("\(images.path) has \(images.rowCount) images, but \(labels.path) \(labels.rowCount) labels")
    }
    if let row = labels.bytes.firstIndex(where: { $0 >= classCount }) {
      throw PackingError(
        file: labels.path, "expected labels 0 to \(classCount - 1), found \(labels.bytes[row]) in row \(row)")
    }
    return IDXPart(images: images, labels: labels)
  }

  /// Both spellings are about, `train-images-idx3-ubyte` and `train-images.idx3-ubyte`, plain or compressed. Kaggle puts
  /// each file into a directory of the same name.
  private static func locate(_ stem: String, _ suffix: String, _ directory: String) throws(PackingError) -> String {
    let names = ["\(stem)-\(suffix)", "\(stem).\(suffix)"].flatMap { [$0, $0 + ".gz"] }
    let nested = names.flatMap { folder in names.map { "\(folder)/\($0)" } }
    for path in (names + nested).map({ "\(directory)/\($0)" }) where isFile(path) { return path }
    var status = stat()
    guard stat(directory, &status) == 0 else {
      throw PackingError(file: directory, String(cString: strerror(errno)))
    }
    throw PackingError(
      file: directory,
      "there is no \(names[0]) here; looked for it also as \(names.dropFirst().joined(separator: ", "))")
  }
}
