internal import Configuration
internal import Kernels
internal import Storage

/// The rows of one modality as they are stored.
final class ModalityRows {
  let bytes: UnsafeMutableRawBufferPointer
  /// One byte a row, 1 if it has the modality; nil where all rows have it.
  let mask: UnsafeMutableRawBufferPointer?
  private let description: ModalityDescription
  private let shape: DataShape
  private let unit: SourceUnit?

  var elementCount: Int { description.elementCount }
  var byteCount: Int { bytes.count + (mask?.count ?? 0) }

  init(_ description: ModalityDescription, hasGaps: Bool, count: Int) {
    self.description = description
    unit = description.standardization.map { SourceUnit($0) }
    shape = DataShape(dimensions: description.shape) ?? .flat(description.elementCount)
    bytes = .allocate(byteCount: count * description.rowByteCount, alignment: 64)
    mask = hasGaps ? .allocate(byteCount: count, alignment: 64) : nil
  }

  deinit {
    bytes.deallocate()
    mask?.deallocate()
  }

  /// Whether a row has the modality.
  func has(_ row: Int) -> Bool { mask.map { $0[row] != 0 } ?? true }

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

  /// The first `count` rows from (channel, row, column) to channels last, one row of data at a time.
  func arrange(count: Int) {
    guard case .image(let channels, let height, let width) = shape, channels > 1 else { return }
    let size = description.elementType.byteCount
    let rowBytes = description.rowByteCount
    var copy = [UInt8](repeating: 0, count: rowBytes)
    for start in stride(from: 0, to: count * rowBytes, by: rowBytes) {
      for position in 0..<height * width {
        for channel in 0..<channels {
          let (from, to) = (channel * height * width + position, position * channels + channel)
          for byte in 0..<size { copy[to * size + byte] = bytes[start + from * size + byte] }
        }
      }
      for byte in 0..<rowBytes { bytes[start + byte] = copy[byte] }
    }
  }

  /// Writes what models see of a row; zeros if it lacks the modality.
  func load(_ row: Int, into values: UnsafeMutablePointer<Float>) {
    guard has(row) else {
      values.update(repeating: 0, count: description.elementCount)
      return
    }
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
    unit?.standardize(UnsafeMutableBufferPointer(start: values, count: count))
  }

  /// The first of `count` rows with a class that does not exist, a value that is not finite, or one that a likelihood
  /// of probabilities or counts excludes. Rows are trusted from then on. What a row lacks may be
  /// anything.
  func firstRowOutOfRange(_ likelihood: LikelihoodKind, count: Int) -> Int? {
    let rows = (0..<count).lazy.filter { self.has($0) }
    if description.encoding == .classIndex {
      return rows.first { !(0..<description.elementCount).contains(classIndex($0)) }
    }
    if description.elementType == .uint8,
      [0, Float(description.scale), 255 * Float(description.scale)].allSatisfy({
        Self.allows($0, likelihood)
      })
    {
      return nil
    }
    var values = [Float](repeating: 0, count: description.elementCount)
    return rows.first { row in
      values.withUnsafeMutableBufferPointer { load(row, into: $0.baseAddress!) }
      return !values.allSatisfy { Self.allows($0, likelihood) }
    }
  }

  /// Whether a likelihood of values may observe `value`. If so for 0, a scale and 255 times it, then for all bytes.
  private static func allows(_ value: Float, _ likelihood: LikelihoodKind) -> Bool {
    if likelihood == .bernoulli { return value >= 0 && value <= Float(ModalityDescription.largestProbability) }
    return value.isFinite && (!likelihood.isOfCounts || value >= 0 && value.rounded() == value)
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
