internal import Configuration
internal import Foundation
internal import Kernels
internal import Layers
internal import Models
internal import Storage

/// One rank's rows of a fixture's batch. What a row lacks is not a number in the file.
struct RankBatch {
  let batch: Batch
  /// The same rows, to be scored.
  let observations: Observations

  init(_ fixture: Fixture, _ model: any Model, _ rows: Range<Int>) throws {
    let modalities = fixture.configuration.modalities
    func matrix(_ name: String, _ shape: DataShape, _ rows: [Int]) throws -> Matrix {
      let matrix = FloatArena(count: rows.count * shape.count).matrix(rows: rows.count, columns: shape.count)
      let values = try fixture.floats(name)
      for (place, row) in rows.enumerated() {
        shape.load(Array(values[row * shape.count..<(row + 1) * shape.count]), into: matrix.row(place))
      }
      return matrix
    }
    let all = Array(rows)
    let present =
      try fixture.file.exists("present") ? try matrix("present", .flat(modalities.count), all) : nil
    func having(_ modality: Int?) -> [Int] {
      all.enumerated().filter { place, _ in modality.flatMap { present?[place, $0] } != 0 }.map(\.element)
    }
    batch = Batch(
      rows: BatchRows(local: rows.count, global: fixture.rows),
      inputs: try modalities.enumerated().map { try matrix("inputs/\($1.name)", $1.shape, having($0)) },
      present: modalities.indices.map { RowSelection(having($0).map { $0 - rows.lowerBound }, of: rows.count) },
      keepMask: try fixture.file.exists("keep") ? try matrix("keep", .flat(modalities.count), all) : nil,
      noise: try model.objectiveNoise.map {
        try matrix("noise/\($0.name)", .flat($0.width * fixture.draws), having($0.modality))
      },
      noiseModalities: model.objectiveNoise.map(\.modality))
    let inputs = try modalities.map { try matrix("inputs/\($0.name)", $0.shape, all) }
    for (modality, input) in inputs.enumerated() {
      for row in 0..<rows.count where present?[row, modality] == 0 { input.rows(row..<row + 1).fill(0) }
    }
    observations = Observations(inputs, present: present)
  }
}

extension RowSelection {
  fileprivate init(_ rows: [Int], of count: Int) {
    let indices = RowIndices(capacity: rows.count)
    for (place, row) in rows.enumerated() { indices[place] = Int32(row) }
    self.init(indices, count: rows.count, of: count)
  }
}

extension DataShape {
  /// Puts one row in file order where it belongs in memory: images channels-last.
  fileprivate func load(_ values: [Float], into memory: UnsafeMutablePointer<Float>) {
    guard case .image(let channels, let height, let width) = self else {
      for (i, value) in values.enumerated() { memory[i] = value }
      return
    }
    for channel in 0..<channels {
      for position in 0..<height * width {
        memory[position * channels + channel] = values[channel * height * width + position]
      }
    }
  }
}
