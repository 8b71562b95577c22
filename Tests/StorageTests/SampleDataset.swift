import Storage

/// A small dataset of three modalities, one of each kind, with random content.
struct SampleDataset {
  static let image = ModalityDescription(
    name: "image", shape: [2, 3, 5], likelihood: "bernoulli", encoding: .values, elementType: .uint8, scale: 1 / 255)
  static let sensor = ModalityDescription(
    name: "sensor", shape: [7], likelihood: "gaussian", encoding: .values, elementType: .float32)
  static let label = ModalityDescription(
    name: "label", shape: [4], likelihood: "categorical", encoding: .classIndex, elementType: .int32,
    classNames: ["north", "east", "south", "übrige Richtung"])

  var rowCounts: [Split: Int] = [.train: 37, .validation: 5, .test: 8]
  /// The stored bytes by `split/modality`.
  var content: [String: [UInt8]] = [:]
  var modalities = [image, sensor, label]

  init(seed: UInt64 = 1, rowCounts: [Split: Int] = [.train: 37, .validation: 5, .test: 8]) {
    self.rowCounts = rowCounts
    var generator = Generator(state: seed)
    for split in Split.allCases {
      let rows = rowCounts[split] ?? 0
      let images = (0..<(rows * 30)).map { _ in UInt8(generator.next() >> 56) }
      let sensors = (0..<(rows * 7)).map { _ in Float(generator.next() >> 40) / 1000 - 5 }
      let labels = (0..<rows).map { _ in Int32(generator.next() >> 62) }
      content["\(split)/image"] = images
      content["\(split)/sensor"] = sensors.withUnsafeBytes { Array($0) }
      content["\(split)/label"] = labels.withUnsafeBytes { Array($0) }
    }
  }

  /// Writes the dataset in uneven blocks.
  @discardableResult
  func write(to path: String, replacing: Bool = false) throws -> String {
    var writer = try PackedDatasetWriter.create(
      at: path, replacing: replacing, name: "sample", modalities: modalities, rowCounts: rowCounts, splitSeed: 11,
      creator: "tests")
    for split in Split.allCases {
      let rows = rowCounts[split] ?? 0
      for modality in modalities {
        let bytes = content["\(split)/\(modality.name)"] ?? []
        for first in stride(from: 0, to: rows, by: 9) {
          let block = bytes[(first * modality.rowByteCount)..<(min(first + 9, rows) * modality.rowByteCount)]
          try writer.append(Array(block).span.bytes, to: modality.name, split)
        }
      }
      try writer.append(sourceRows: Array((0..<rows).reversed()), to: split)
    }
    return try writer.finish()
  }

  /// Writes the same layout through the plain HDF5 interface, where a test can make mistakes.
  func writeByHand(
    to path: String, fingerprint: String, extraSourceRows: Int = 0, change: (String) -> String = { $0 }
  ) throws {
    try HDF5File.writeAtomically(to: path) { file throws(StorageError) in
      try file.setAttribute("format", to: "mhvae-dist dataset")
      try file.setAttribute("format_version", to: 1)
      try file.setAttribute("name", to: "by hand")
      try file.setAttribute("creator", to: "tests")
      try file.setAttribute("fingerprint", to: fingerprint)
      try file.setAttribute("modalities", to: ["image"])
      try file.createGroup("modalities/image")
      try file.setAttribute("shape", to: [2, 3, 5], at: "modalities/image")
      try file.setAttribute("likelihood", to: "bernoulli", at: "modalities/image")
      try file.setAttribute("encoding", to: change("values"), at: "modalities/image")
      try file.setAttribute("scale", to: 1.0 / 255, at: "modalities/image")
      for split in Split.allCases {
        let rows = rowCounts[split] ?? 0
        try file.write(content["\(split)/image"] ?? [], shape: [rows, 2, 3, 5], to: change("\(split)/image"))
        let sourceRows = (0..<(rows + extraSourceRows)).map { Int64($0) }
        try file.write(sourceRows, shape: [sourceRows.count], to: change("\(split)/source_row"))
      }
    }
  }
}

/// A multiplicative generator, good enough to fill test files.
struct Generator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return state ^ (state >> 29) &* 0xBF58_476D_1CE4_E5B9
  }
}
