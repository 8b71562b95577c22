extension PackedDataset {
  /// How many rows of a split each class has.
  ///
  /// - Precondition: `modality` is one of this dataset's and stores class indices.
  package func classCounts(of modality: ModalityDescription, _ split: Split) throws(StorageError) -> [Int] {
    precondition(modality.encoding == .classIndex, "\(modality.name) has no classes")
    let path = PackedLayout.dataset(modality.name, split)
    var counts = [Int](repeating: 0, count: modality.elementCount)
    for (row, index) in try file.read(path, as: Int32.self).values.enumerated() {
      guard counts.indices.contains(Int(index)) else {
        throw StorageError(
          .damaged, object: path, path: self.path,
          "row \(row) has class \(index); the classes are 0 to \(modality.elementCount - 1)")
      }
      counts[Int(index)] += 1
    }
    return counts
  }
}
