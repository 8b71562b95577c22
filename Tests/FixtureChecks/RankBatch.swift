internal import Configuration
internal import Foundation
internal import Kernels
internal import Layers
internal import Models
internal import Storage

/// One rank's rows of a fixture's batch.
struct RankBatch: ~Copyable {
  private let arenas: [FloatArena]
  let batch: Batch

  init(_ fixture: Fixture, _ model: any Model, _ rows: Range<Int>) throws {
    var arenas: [FloatArena] = []
    func matrix(_ name: String, _ shape: DataShape) throws -> Matrix {
      let arena = FloatArena(count: rows.count * shape.count)
      let values = try fixture.floats(name)
      for (place, row) in rows.enumerated() {
        shape.load(Array(values[row * shape.count..<(row + 1) * shape.count]), into: arena.base + place * shape.count)
      }
      arenas.append(arena)
      return arena.matrix(rows: rows.count, columns: shape.count)
    }
    let modalities = fixture.configuration.modalities
    batch = Batch(
      rows: BatchRows(local: rows.count, global: fixture.rows),
      inputs: try modalities.map { try matrix("inputs/\($0.name)", $0.shape) },
      keepMask: try fixture.file.exists("keep") ? try matrix("keep", .flat(modalities.count)) : nil,
      noise: try model.objectiveNoise.map { try matrix("noise/\($0.name)", .flat($0.width)) })
    self.arenas = arenas
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
