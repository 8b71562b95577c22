/// `list_attr_celeba.txt`: a line with the number of images, one with the names of the attributes, then for every image
/// its file name and `1` or `-1` for each attribute.
package struct AttributeTable: Sendable {
  let path: String
  let names: [String]
  let images: [String]
  /// 0 or 1: `[images, names]`, row major.
  let values: [UInt8]

  package static func read(_ path: String) throws(PackingError) -> AttributeTable {
    let file = try TextTable.read(path)
    let names = try readHeader(file)
    var (images, values): ([String], [UInt8]) = ([], [])
    var lines: [String: Int] = [:]
    for line in stride(from: 3, through: file.lineCount, by: 1) {
      let words = file.words(line)
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
    try check(file, imageCount: images.count)
    return AttributeTable(path: path, names: names, images: images, values: values)
  }

  /// The values of some attributes of one image.
  func row(_ image: Int, columns: [Int]) -> [UInt8] { columns.map { values[image * names.count + $0] } }

  private static func readHeader(_ file: TextTable) throws(PackingError) -> [String] {
    guard file.lineCount >= 2, count(file) != nil else {
      throw file.problem(1, "expected the number of images, then a line with the names of the attributes")
    }
    let names = file.words(2).map(\.text)
    if let twice = names.indices.first(where: { names[..<$0].contains(names[$0]) }) {
      throw file.problem(2, "the attribute \(names[twice]) is there twice")
    }
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
