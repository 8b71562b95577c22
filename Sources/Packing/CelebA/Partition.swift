package import Storage

/// `list_eval_partition.txt`: for every image its file name and 0 (train), 1 (validation) or 2 (test). Or
/// `list_eval_partition.csv`: the same behind a line with the names of the columns.
package enum Partition {
  /// The images of every split, as rows of `table` in its order.
  package static func read(_ path: String, _ table: AttributeTable) throws(PackingError) -> [Split: [Int]] {
    let file = try CelebARecords.isCSV(path) ? .csv(path) : CelebARecords.text(TextTable.read(path), from: 1)
    let rows = Dictionary(uniqueKeysWithValues: zip(table.images, table.images.indices))
    var splits = [Split?](repeating: nil, count: table.images.count)
    try file.forEachLine { line, words throws(PackingError) in
      let words = words.map(\.text)
      guard words.count == 2 else {
        throw file.problem(line, "expected a file name and 0, 1 or 2, found \(words.count) words")
      }
      guard let split = split(words[1]) else {
        throw file.problem(line, "the part of \(words[0]) is \"\(words[1])\", not 0, 1 or 2")
      }
      guard let row = rows[words[0]] else {
        throw file.problem(line, "\(words[0]) is not in \(table.path)")
      }
      guard splits[row] == nil else { throw file.problem(line, "\(words[0]) is there a second time") }
      splits[row] = split
    }
    if let row = splits.firstIndex(of: nil) {
      throw PackingError(file: path, "\(table.images[row]) is missing, which is in \(table.path)")
    }
    return Dictionary(grouping: splits.indices) { splits[$0] ?? .train }
  }

  private static func split(_ word: String) -> Split? {
    switch word {
    case "0": .train
    case "1": .validation
    case "2": .test
    default: nil
    }
  }
}
