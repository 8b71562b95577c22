internal import Configuration
internal import Kernels
internal import Models
internal import Storage

/// One modality, and its columns.
final class ImputedModality {
  let index: Int
  let prediction: Prediction
  private(set) var buffers: [ColumnBuffer] = []
  /// What appends a row to each column.
  private var appends: [(_ row: Int, _ isPredicted: Bool, _ has: Bool) -> Void] = []
  private let modality: ModalityConfiguration
  private var observed = ObservedValues()

  init(_ model: any Model, _ index: Int, _ outputs: Set<ApplyOutput>, drawCount: Int) {
    self.index = index
    let modality = model.configuration.modalities[index]
    self.modality = modality
    let isFilledByMedian = outputs.contains(.filled) && Prediction.isFilledByMedian(modality)
    let isDrawn = modality.likelihood != .categorical && modality.likelihood != .bernoulli
    prediction = Prediction(
      model, index,
      hasMoments: !isDrawn || !outputs.isDisjoint(with: [.means, .deviations])
        || outputs.contains(.filled) && !isFilledByMedian,
      hasVariances: outputs.contains(.deviations), drawCount: outputs.contains(.draws) ? drawCount : 0,
      medianCount: isDrawn && (outputs.contains(.medians) || isFilledByMedian) ? Prediction.medianDraws : 0)
    makeColumns(outputs, drawCount)
  }

  private func makeColumns(_ outputs: Set<ApplyOutput>, _ drawCount: Int) {
    let name = modality.name
    let shape = modality.shape.dimensions
    let isClass = modality.likelihood == .categorical
    let (own, type): ([Int], ElementType) = isClass ? ([], .int32) : (shape, .float32)
    let prediction = prediction
    if outputs.contains(.means) {
      addColumn("mean/\(name)", shape, .float32) { prediction.meanValues }
    }
    if outputs.contains(.deviations) {
      addColumn("deviation/\(name)", shape, .float32) { prediction.deviations }
    }
    if outputs.contains(.medians) { addColumn("median/\(name)", own, type) { prediction.medianValues } }
    if outputs.contains(.draws) {
      addColumn("draws/\(name)", [drawCount] + own, type) { prediction.drawnValues }
    }
    guard outputs.contains(.filled) else { return }
    let filled = ColumnBuffer(RowColumn("filled/\(name)", own, type))
    let imputed = ColumnBuffer(RowColumn("imputed/\(name)", .uint8))
    buffers += [filled, imputed]
    appends.append { [unowned self] row, isPredicted, has in
      filled.append(has ? observed[row] : prediction.filler, isOfClasses: isClass)
      imputed.append(UInt8(has ? 0 : 1))
    }
  }

  /// A column that holds what is predicted, and where nothing is, no number or the class -1.
  private func addColumn(_ path: String, _ shape: [Int], _ type: ElementType, _ values: @escaping () -> [Float]) {
    let buffer = ColumnBuffer(RowColumn(path, shape, type))
    let isOfClasses = type == .int32
    let nothing = [Float](repeating: isOfClasses ? -1 : .nan, count: shape.reduce(1, *))
    buffers.append(buffer)
    appends.append { _, isPredicted, _ in buffer.append(isPredicted ? values() : nothing, isOfClasses: isOfClasses) }
  }

  func begin(_ block: RowBlock) throws {
    if buffers.contains(where: { $0.column.path.hasPrefix("filled/") }) {
      observed = try ObservedValues(block, modality.name)
    }
  }

  func add(row: Int, isPredicted: Bool, has: Bool) {
    for append in appends { append(row, isPredicted, has) }
  }
}

extension ColumnBuffer {
  fileprivate func append(_ values: [Float], isOfClasses: Bool) {
    if isOfClasses { append(values.map { Int32($0) }) } else { append(values) }
  }
}

/// What a file holds of a modality in some rows, in the unit of the source and in file order; a class as its index.
private struct ObservedValues {
  private var values: [Float] = []
  private var width = 1

  init() {}

  init(_ block: RowBlock, _ name: String) throws {
    guard let description = block.data.dataset.modalities.first(where: { $0.name == name }) else {
      preconditionFailure("modality \(name) was not checked against the data")
    }
    var bytes = [UInt8](repeating: 0, count: block.rows.count * description.rowByteCount)
    try bytes.withUnsafeMutableBytes {
      try block.data.dataset.readRows(name, block.split, block.rows, into: $0)
    }
    let scale = Float(description.scale)
    values = bytes.withUnsafeBytes { bytes in
      switch description.elementType {
      case .uint8: bytes.map { Float($0) * scale }
      case .int32: bytes.bindMemory(to: Int32.self).map { Float($0) }
      default: bytes.bindMemory(to: Float.self).map { $0 * scale }
      }
    }
    width = values.count / block.rows.count
  }

  subscript(row: Int) -> [Float] { Array(values[row * width..<(row + 1) * width]) }
}
