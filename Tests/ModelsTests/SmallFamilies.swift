import Configuration
import Kernels
import Layers
import Models

/// Whole models that no fixture covers, one of each family: an encoder that ends in an image, a decoder that ends in an
/// activation or a batch norm, a learned scale.
enum SmallFamilies {
  static let names = ["mhvae", "jmvae", "mvae"]
  /// What the vector may be, and what the picture.
  static let vectors = [
    "gaussian, scale: learned", "gaussian, scale: per_value", "laplace, scale: learned", "laplace, scale: 0.75",
    "poisson", "poisson, rate: exp, exposure: total", "negative_binomial",
    "negative_binomial, rate: exp, exposure: total",
  ]
  static let rows = 12
  static let weights = ObjectiveWeights(reconstruction: [1, 1.5], modality: 0.7, core: 0.4)

  /// - Parameters:
  ///   - vector: one of `vectors`.
  ///   - posterior: of MHVAE only.
  static func model(_ family: String, vector: String = vectors[0], posterior: String? = nil) throws -> any Model {
    let isHierarchical = family == "mhvae"
    let document = """
      family: \(family)
      \(posterior.map { "posterior: \($0)" } ?? "")
      modalities:
        - name: picture
          shape: [2, 4, 4]
          likelihood: bernoulli
          \(isHierarchical ? "latent: 3" : "")
          encoder: [{conv: 3, kernel: 2, stride: 2, activation: swish}]
          decoder: [{linear: 12, activation: swish}, {reshape: [3, 2, 2]}, {deconv: 2, kernel: 2, stride: 2, norm: batch, activation: swish}]
        - name: vector
          shape: [5]
          likelihood: \(vector.split(separator: ", ").joined(separator: "\n    "))
          \(isHierarchical ? "latent: 2" : "")
          encoder: [{linear: 6, norm: batch, activation: leaky_relu}]
          decoder: [{linear: 5, activation: swish}]
      \(isHierarchical ? core : family == "jmvae" ? "latent: 3\nalpha: 0.3" : "latent: 3")
      """
    let model = try makeModel(ModelConfiguration(yaml: document))
    model.memory.initialize(seed: 5)
    return model
  }

  private static let core = """
    core:
      latent: 3
      encoder: [{linear: 7, norm: batch, activation: swish}]
      generator: [{linear: 6, activation: relu}, {linear: 4, norm: batch}]
    """

  /// Twelve rows of random data and noise; each modality is hidden in a third of them.
  /// - Parameter lacking: whether a row lacks a modality.
  static func batch(_ model: any Model, draws: Int = 1, lacking: (_ row: Int, _ modality: Int) -> Bool) -> Batch {
    let whole = batch(model, draws: draws)
    let present = (0..<2).map { modality in selection { !lacking($0, modality) } }
    func selected(_ matrix: Matrix, _ modality: Int?) -> Matrix {
      guard let modality else { return matrix }
      let part = FloatArena(count: matrix.count).matrix(rows: present[modality].count, columns: matrix.columns)
      part.gather(present[modality], of: matrix)
      return part
    }
    for row in 0..<rows {
      for modality in 0..<2 where lacking(row, modality) {
        whole.keepMask?[row, modality] = 0
        whole.keepMask?[row, 1 - modality] = 1
      }
    }
    return Batch(
      rows: whole.rows, inputs: whole.inputs.enumerated().map { selected($1, $0) }, present: present,
      keepMask: whole.keepMask, noise: zip(whole.noise, model.objectiveNoise).map { selected($0, $1.modality) },
      noiseModalities: model.objectiveNoise.map(\.modality))
  }

  private static func selection(_ isSelected: (Int) -> Bool) -> RowSelection {
    let selected = (0..<rows).filter(isSelected)
    let indices = RowIndices(capacity: rows)
    for (place, row) in selected.enumerated() { indices[place] = Int32(row) }
    return RowSelection(indices, count: selected.count, of: rows)
  }

  /// Twelve rows of random data and noise; each modality is hidden in a third of them.
  static func batch(_ model: any Model, draws: Int = 1) -> Batch {
    let stream = RandomStream(seed: 9, purpose: .noise)
    func matrix(_ width: Int, part: UInt64, _ change: (Float) -> Float = { $0 }) -> Matrix {
      let matrix = FloatArena(count: rows * width).matrix(rows: rows, columns: width)
      for row in 0..<rows {
        stream.fillNormals(matrix, row: row, at: (step: part, row: UInt32(row)))
        for column in 0..<width { matrix[row, column] = change(matrix[row, column]) }
      }
      return matrix
    }
    let isOfCounts = model.configuration.modalities[1].likelihood.isOfCounts
    let keep = FloatArena(count: rows * 2).matrix(rows: rows, columns: 2)
    for row in 0..<rows {
      keep[row, 0] = row % 3 == 0 ? 0 : 1
      keep[row, 1] = row % 3 == 1 ? 0 : 1
    }
    return Batch(
      rows: BatchRows(local: rows, global: rows),
      inputs: [
        matrix(32, part: 1) { 1 / (1 + $0 * $0) }, matrix(5, part: 2) { isOfCounts ? abs(4 * $0).rounded() : $0 },
      ],
      keepMask: keep,
      noise: model.objectiveNoise.enumerated().map { matrix(draws * $1.width, part: 3 + UInt64($0)) })
  }
}

extension Model {
  /// Sets every value of a parameter, in file order.
  func set(_ name: String, _ values: [Float]) {
    guard let descriptor = memory.parameters.descriptor(named: name) else { preconditionFailure("no \(name)") }
    descriptor.order.load(fileOrder: values, into: memory.value(descriptor.slice))
  }
}

/// A world of one replica.
final class Alone: ReplicaGroup {
  func sum(_ values: UnsafeMutableBufferPointer<Double>) {}
}
