package import Configuration
internal import Kernels
package import Storage

/// What a shard must know of a modality.
package struct DataModality: Sendable {
  package let name: String
  package let likelihood: LikelihoodKind
  package let binarization: Binarization

  package init(_ name: String, _ likelihood: LikelihoodKind, _ binarization: Binarization = .none) {
    (self.name, self.likelihood, self.binarization) = (name, likelihood, binarization)
  }
}

/// Which draw of a dynamically binarised modality is wanted.
package enum BinarizationDraw: Sendable {
  /// The one that every run is scored on: it depends on split, row and the modality's place in the configuration alone.
  case fixed
  case training(seed: UInt64, epoch: Int)
}

/// Consecutive rows of one split in memory, in the compact form they are stored in; images channels-last.
package final class Shard {
  /// The rows of the split that are here.
  package let rows: Range<Int>
  private let split: Split
  private let modalities: [ModalityRows]
  private let binarizations: [Binarization]

  /// Bytes of all modalities.
  package var byteCount: Int { modalities.reduce(0) { $0 + $1.byteCount } }

  /// Reads the rows of the given modalities, in that order, and checks that they fit their likelihoods. Their place in
  /// that order is a coordinate of their binarisation.
  /// - Throws: `StorageError` when the file cannot be read, `TrainingError` when a row does not fit its likelihood.
  package init(
    _ dataset: borrowing PackedDataset, modalities requested: [DataModality], split: Split, rows: Range<Int>
  ) throws {
    self.rows = rows
    self.split = split
    binarizations = requested.map(\.binarization)
    var modalities: [ModalityRows] = []
    for modality in requested {
      let (name, likelihood) = (modality.name, modality.likelihood)
      guard let description = dataset.modalities.first(where: { $0.name == name }) else {
        preconditionFailure("modality \(name) was not checked against the data")
      }
      let modality = ModalityRows(description, count: rows.count)
      try dataset.readRows(name, split, rows, into: modality.bytes)
      if let row = modality.firstRowOutOfRange(likelihood) {
        let problem = description.encoding == .classIndex ? "there is no such class" : "a value its likelihood excludes"
        throw TrainingError(
          "\(dataset.path): \(split.rawValue)/\(name), row \(rows.lowerBound + row): \(problem); run mhvae-pack verify")
      }
      modality.arrange()
      modalities.append(modality)
    }
    self.modalities = modalities
  }

  /// Rows of random content, for measuring speed without data.
  package init(
    randomRows rows: Range<Int>, of descriptions: [ModalityDescription], binarizations: [Binarization]? = nil,
    seed: UInt64
  ) {
    self.rows = rows
    split = .train
    self.binarizations = binarizations ?? descriptions.map { _ in .none }
    modalities = descriptions.enumerated().map { part, description in
      let modality = ModalityRows(description, count: rows.count)
      let stream = RandomStream(seed: seed, purpose: .generation, part: UInt16(part))
      for row in rows { modality.fillRandomly(row - rows.lowerBound, stream, streamRow: UInt32(row)) }
      return modality
    }
  }

  /// Writes what was observed in one row: values times their scale, binarised if the modality is; classes one-hot.
  /// - Parameters:
  ///   - row: counted from the start of the split; must be here.
  ///   - modality: its place in the list of names.
  ///   - values: as many floats as the modality has.
  ///   - draw: which zeros and ones, if the modality is binarised dynamically.
  package func load(
    row: Int, modality: Int, into values: UnsafeMutablePointer<Float>, draw: BinarizationDraw = .fixed
  ) {
    precondition(rows.contains(row), "row \(row) is not in this shard")
    modalities[modality].load(row - rows.lowerBound, into: values)
    let values = UnsafeMutableBufferPointer(start: values, count: modalities[modality].elementCount)
    switch binarizations[modality] {
    case .none: break
    case .threshold: for i in values.indices { values[i] = values[i] > 0.5 ? 1 : 0 }
    case .dynamic: binarize(values, row: UInt32(row), part: UInt16(modality), draw)
    }
  }

  /// The same as an array.
  package func values(row: Int, modality: Int) -> [Float] {
    let count = modalities[modality].elementCount
    return [Float](unsafeUninitializedCapacity: count) { values, initialized in
      if let base = values.baseAddress { load(row: row, modality: modality, into: base) }
      initialized = count
    }
  }

  private func binarize(
    _ values: UnsafeMutableBufferPointer<Float>, row: UInt32, part: UInt16, _ draw: BinarizationDraw
  ) {
    switch draw {
    case .fixed:
      RandomStream(seed: 0, purpose: .fixedBinarization, part: part).drawBernoulli(values, step: split.number, row: row)
    case .training(let seed, let epoch):
      RandomStream(seed: seed, purpose: .binarization, part: part).drawBernoulli(values, step: UInt64(epoch), row: row)
    }
  }
}

/// The rows of one modality as they are stored.
private final class ModalityRows {
  let bytes: UnsafeMutableRawBufferPointer
  private let description: ModalityDescription
  private let shape: DataShape

  var byteCount: Int { bytes.count }
  var elementCount: Int { description.elementCount }

  init(_ description: ModalityDescription, count: Int) {
    self.description = description
    shape = DataShape(dimensions: description.shape) ?? .flat(description.elementCount)
    bytes = .allocate(byteCount: count * description.rowByteCount, alignment: 64)
  }

  deinit { bytes.deallocate() }

  /// Any bytes as values; classes within range.
  func fillRandomly(_ row: Int, _ stream: RandomStream, streamRow: UInt32) {
    let start = row * description.rowByteCount
    func word(_ index: Int) -> UInt32 { stream.word(step: 0, row: streamRow, index: UInt32(index)) >> 8 }
    switch (description.encoding, description.elementType) {
    case (.values, _):
      for i in 0..<description.rowByteCount { bytes[start + i] = UInt8(truncatingIfNeeded: word(i)) }
    case (.classIndex, .uint8): bytes[start] = UInt8(Int(word(0)) % description.elementCount)
    case (.classIndex, _):
      bytes.storeBytes(of: Int32(Int(word(0)) % description.elementCount), toByteOffset: start, as: Int32.self)
    }
  }

  /// From (channel, row, column) to channels last, one row of data at a time.
  func arrange() {
    guard case .image(let channels, let height, let width) = shape, channels > 1 else { return }
    let size = description.elementType.byteCount
    let rowBytes = description.rowByteCount
    var copy = [UInt8](repeating: 0, count: rowBytes)
    for start in stride(from: 0, to: bytes.count, by: rowBytes) {
      for position in 0..<height * width {
        for channel in 0..<channels {
          let (from, to) = (channel * height * width + position, position * channels + channel)
          for byte in 0..<size { copy[to * size + byte] = bytes[start + from * size + byte] }
        }
      }
      for byte in 0..<rowBytes { bytes[start + byte] = copy[byte] }
    }
  }

  func load(_ row: Int, into values: UnsafeMutablePointer<Float>) {
    guard let base = bytes.baseAddress else { return }
    let start = UnsafeRawPointer(base) + row * description.rowByteCount
    let count = description.elementCount
    switch (description.encoding, description.elementType) {
    case (.classIndex, _): oneHot(classIndex(row), into: values)
    case (.values, .uint8):
      convert(start.assumingMemoryBound(to: UInt8.self), scale: Float(description.scale), into: values, count: count)
    case (.values, _):
      let source = start.assumingMemoryBound(to: Float.self)
      for i in 0..<count { values[i] = source[i] * Float(description.scale) }
    }
  }

  /// The first row with a class that does not exist, a value that is not finite, or one that a Bernoulli likelihood
  /// excludes. Rows are trusted from then on.
  func firstRowOutOfRange(_ likelihood: LikelihoodKind) -> Int? {
    let rows = 0..<bytes.count / description.rowByteCount
    if description.encoding == .classIndex {
      return rows.first { !(0..<description.elementCount).contains(classIndex($0)) }
    }
    let limit: Float = likelihood == .bernoulli ? 1 : .greatestFiniteMagnitude
    let least: Float = likelihood == .bernoulli ? 0 : -limit
    if description.elementType == .uint8, 255 * Float(description.scale) <= limit { return nil }
    var values = [Float](repeating: 0, count: description.elementCount)
    return rows.first { row in
      values.withUnsafeMutableBufferPointer { load(row, into: $0.baseAddress!) }
      return !values.allSatisfy { least <= $0 && $0 <= limit }
    }
  }

  private func classIndex(_ row: Int) -> Int {
    let offset = row * description.rowByteCount
    return description.elementType == .uint8
      ? Int(bytes[offset]) : Int(bytes.load(fromByteOffset: offset, as: Int32.self))
  }

  private func oneHot(_ index: Int, into values: UnsafeMutablePointer<Float>) {
    values.update(repeating: 0, count: description.elementCount)
    values[index] = 1
  }
}

extension ModelConfiguration {
  /// The modalities as a shard wants them named.
  package var dataModalities: [DataModality] {
    modalities.map { DataModality($0.name, $0.likelihood, $0.binarization) }
  }
}

extension Split {
  /// Its coordinate in the fixed binarisation, the same for ever.
  fileprivate var number: UInt64 {
    switch self {
    case .train: 0
    case .validation: 1
    case .test: 2
    }
  }
}
