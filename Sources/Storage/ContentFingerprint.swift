import Hashing

#if _endian(big)
  #error("Fingerprints are defined over little-endian rows, and are read here as the processor has them.")
#endif

/// SHA-256 over a dataset's canonical byte stream: what `dataset-format.md` defines, line by line.
struct ContentFingerprint {
  private let hash = SHA256()

  /// Starts with the format and what each modality means.
  init(_ layout: PackedLayout) {
    add("\(PackedLayout.format) \(layout.version)\n")
    for modality in layout.modalities { add(modality) }
  }

  private mutating func add(_ modality: ModalityDescription) {
    let shape = Self.extents(modality.shape)
    let scale = Self.hexadecimal(modality.scale.bitPattern.bigEndian)
    add("modality \(modality.name) \(modality.encoding.rawValue) \(shape) \(modality.likelihood) \(scale)\n")
    for name in modality.classNames { add("class \(name)\n") }
    guard let standardization = modality.standardization else { return }
    for (what, numbers) in [("mean", standardization.mean), ("deviation", standardization.deviation)] {
      for number in numbers { add("\(what) \(Self.hexadecimal(number.bitPattern.bigEndian))\n") }
    }
  }

  /// Begins the rows of one dataset.
  mutating func beginDataset(_ modality: ModalityDescription, _ split: Split, rowCount: Int) {
    let shape = Self.extents(modality.storedShape(rowCount: rowCount))
    add("\(PackedLayout.dataset(modality.name, split)) \(modality.elementType.rawValue) \(shape)\n")
  }

  /// Begins the mask of one dataset.
  mutating func beginMask(_ modality: ModalityDescription, _ split: Split, rowCount: Int) {
    add("\(PackedLayout.mask(modality.name, split)) uint8 \(rowCount)\n")
  }

  /// Adds stored rows.
  mutating func add(rows: UnsafeRawBufferPointer) { hash.update(rows) }

  private mutating func add(_ line: String) { hash.update(Array(line.utf8)) }

  /// `sha256:` and 64 hexadecimal digits.
  func text() -> String { "sha256:" + hash.digest().map { Self.hexadecimal($0) }.joined() }

  private static func extents(_ shape: [Int]) -> String { shape.map { "\($0)" }.joined(separator: "x") }

  /// The bytes of `value` as they lie in memory.
  private static func hexadecimal(_ value: some FixedWidthInteger) -> String {
    withUnsafeBytes(of: value) { bytes in
      bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
  }
}
