extension PackedDataset {
  /// The class of every row of a split; nil of a row that lacks the modality.
  ///
  /// - Precondition: `modality` is one of this dataset's and stores class indices.
  package func classIndices(of modality: ModalityDescription, _ split: Split) throws(StorageError) -> [Int?] {
    precondition(modality.encoding == .classIndex, "\(modality.name) has no classes")
    let path = PackedLayout.dataset(modality.name, split)
    let indices = try file.read(path, as: Int32.self).values.map { Int($0) }
    let classes = zip(indices, try mask(modality.name, split)).map { $1 ? $0 : nil }
    let isOutside = { (index: Int?) in index.map { $0 < 0 || $0 >= modality.elementCount } ?? false }
    if let row = classes.firstIndex(where: isOutside) {
      throw StorageError(
        .damaged, object: path, path: self.path,
        "row \(row) has class \(indices[row]); the classes are 0 to \(modality.elementCount - 1)")
    }
    return classes
  }

  /// How many rows of a split each class has.
  ///
  /// - Precondition: `modality` is one of this dataset's and stores class indices.
  package func classCounts(of modality: ModalityDescription, _ split: Split) throws(StorageError) -> [Int] {
    var counts = [Int](repeating: 0, count: modality.elementCount)
    for case let index? in try classIndices(of: modality, split) { counts[index] += 1 }
    return counts
  }
}
