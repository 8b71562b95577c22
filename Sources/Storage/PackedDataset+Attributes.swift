extension PackedDataset {
  static func checkFormat(of file: borrowing HDF5File) throws(StorageError) {
    let advice = "Make a dataset with mhvae-pack, or follow the description of its format"
    guard try file.hasAttribute("format"), try file.attribute("format") == PackedLayout.format else {
      throw StorageError(
        .format, path: file.path, "an HDF5 file, but not a \(PackedLayout.format): the attribute format is not there",
        advice: advice)
    }
    let version = try file.attributeInteger("format_version")
    guard PackedLayout.versions.contains(version) else {
      throw StorageError(
        .format, path: file.path,
        "format version \(version), and this program reads versions up to \(PackedLayout.versions.upperBound)",
        advice: version > PackedLayout.versions.upperBound
          ? "Use a newer program or pack the data again" : "Pack the data again")
    }
  }

  static func readModalities(from file: borrowing HDF5File) throws(StorageError) -> [ModalityDescription] {
    var modalities: [ModalityDescription] = []
    for name in try file.attributeStrings("modalities") {
      let modality = try readModality(name, from: file)
      try modality.validate(path: file.path)
      guard !modalities.contains(where: { $0.name == name }) else {
        throw StorageError(.format, object: "attribute modalities at /", path: file.path, "\(name) is named twice")
      }
      modalities.append(modality)
    }
    guard !modalities.isEmpty else {
      throw StorageError(.format, object: "attribute modalities at /", path: file.path, "there is no modality")
    }
    return modalities
  }

  private static func readModality(
    _ name: String, from file: borrowing HDF5File
  ) throws(StorageError) -> ModalityDescription {
    let group = PackedLayout.group(of: name)
    let encodingName = try file.attribute("encoding", at: group)
    guard let encoding = ModalityDescription.Encoding(rawValue: encodingName) else {
      throw StorageError(
        .format, object: "attribute encoding at \(group)", path: file.path,
        "expected values or class_index, found \(encodingName)")
    }
    let first = PackedLayout.dataset(name, .train)
    guard let elementType = try file.dataset(first).elementType else {
      throw StorageError(.format, object: first, path: file.path, "the rows have a type this program does not read")
    }
    return ModalityDescription(
      name: name, shape: try file.attributeIntegers("shape", at: group),
      likelihood: try file.attribute("likelihood", at: group), encoding: encoding, elementType: elementType,
      scale: try file.attributeDouble("scale", at: group),
      classNames: try file.hasAttribute("class_names", at: group)
        ? try file.attributeStrings("class_names", at: group) : [],
      standardization: try readStandardization(group, from: file))
  }

  private static func readStandardization(
    _ group: String, from file: borrowing HDF5File
  ) throws(StorageError) -> Standardization? {
    guard try file.exists("\(group)/mean") else { return nil }
    let (mean, deviation) = (try file.readDoubles("\(group)/mean"), try file.readDoubles("\(group)/deviation"))
    return Standardization(mean: mean.values, deviation: deviation.values)
  }

  /// The modalities that some rows of a split lack.
  static func readGaps(
    _ modalities: [ModalityDescription], from file: borrowing HDF5File
  ) throws(StorageError) -> [Split: Set<String>] {
    var gaps: [Split: Set<String>] = [:]
    for split in Split.allCases {
      for modality in modalities where try file.exists(PackedLayout.mask(modality.name, split)) {
        gaps[split, default: []].insert(modality.name)
      }
    }
    return gaps
  }

  /// The rows of a split, counted on its first modality; the others are compared with it afterwards.
  static func readRowCount(
    of split: Split, _ modalities: [ModalityDescription], from file: borrowing HDF5File
  ) throws(StorageError) -> Int {
    let path = PackedLayout.dataset(modalities[0].name, split)
    let dataset = try file.dataset(path)
    guard !dataset.shape.isEmpty else {
      throw StorageError(.format, object: path, path: file.path, "expected rows, found a single number")
    }
    guard dataset.rowCount <= UInt32.max else {
      throw StorageError(
        .format, object: path, path: file.path,
        "\(dataset.rowCount) rows; a split has at most \(UInt32.max): random numbers are drawn by row")
    }
    return dataset.rowCount
  }
}
