/// `list_attr_celeba.txt`: a line with the number of images, one with the names of the attributes, then for every image
/// its file name and `1` or `-1` for each attribute. Or `list_attr_celeba.csv`: the same behind a line with `image_id` and
/// the names.
package struct AttributeTable: Sendable {
  let path: String
  let names: [String]
  let images: [String]
  /// The line of the first image, counted from 1.
  let firstLine: Int
  /// 0 or 1: `[images, names]`, row major.
  let values: [UInt8]

  package static func read(_ path: String) throws(PackingError) -> AttributeTable {
    if CelebARecords.isCSV(path) {
      return try AttributeTable(.csv(path), names: CelebARecords.names(csv: path), headerLine: 1)
    }
    let file = try TextTable.read(path)
    let table = try AttributeTable(.text(file, from: 3), names: readHeader(file), headerLine: 2)
    try check(file, imageCount: table.images.count)
    return table
  }

  private init(_ file: CelebARecords, names: [String], headerLine: Int) throws(PackingError) {
    if let twice = firstDuplicate(names) {
      throw file.problem(headerLine, "the attribute \(twice) is there twice")
    }
    var (images, values): ([String], [UInt8]) = ([], [])
    var lines: [String: Int] = [:]
    try file.forEachLine { line, words throws(PackingError) in
      guard words.count == names.count + 1 else {
        throw file.problem(
          line, "expected a file name and \(names.count) values, found \(max(0, words.count - 1)) values")
      }
      let image = words[0].text
      if let first = lines.updateValue(line, forKey: image) {
        throw file.problem(line, "\(image) is also in line \(first)")
      }
      images.append(image)
      for (word, name) in zip(words.dropFirst(), names) {
        switch word {
        case [UInt8(ascii: "1")]: values.append(1)
        case [UInt8(ascii: "-"), UInt8(ascii: "1")]: values.append(0)
        default: throw file.problem(line, "\(name) of \(image) is \"\(word.text)\", not 1 or -1")
        }
      }
    }
    (path, self.names, self.images, self.values) = (file.path, names, images, values)
    firstLine = headerLine + 1
  }

  /// The values of some attributes of one image.
  func row(_ image: Int, columns: [Int]) -> [UInt8] { columns.map { values[image * names.count + $0] } }

  private static func readHeader(_ file: TextTable) throws(PackingError) -> [String] {
    guard file.lineCount >= 2, count(file) != nil else {
      throw file.problem(1, "expected the number of images, then a line with the names of the attributes")
    }
    let names = file.words(2).map(\.text)
    guard !names.isEmpty else { throw file.problem(2, "expected the names of the attributes, found nothing") }
    return names
  }

  private static func count(_ file: TextTable) -> Int? {
    let words = file.words(1)
    return words.count == 1 ? Int(words[0].text) : nil
  }

  private static func check(_ file: TextTable, imageCount: Int) throws(PackingError) {
    guard let count = count(file), count != imageCount else { return }
    throw file.problem(1, "it says \(count) images, but the file has \(imageCount). Get it again")
  }
}
