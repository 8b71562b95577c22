import Configuration
import Kernels
import Layers
import Models
import TestSupport
import Testing

/// A layer list as a configuration spells it, such as `[{linear: 5}]`, for rows of shape `input`.
func layerList(_ list: String, input: DataShape) throws -> [LayerConfiguration] {
  let model = try ModelConfiguration(
    yaml: """
      family: mhvae
      modalities:
        - {name: x, shape: \(input.dimensions), likelihood: gaussian, latent: 1, encoder: \(list),
           decoder: [{linear: \(input.count)}]}
      core: {latent: 1, encoder: [{linear: 1}], generator: [{linear: 1}]}
      """)
  return model.modalities[0].encoder
}

/// Numbers as the layers see them: rounded to single precision.
func randomNumbers(_ count: Int, seed: UInt64) -> [Double] {
  var numbers = Numbers(seed: seed)
  return numbers.uniforms(count).map { Double(Float($0)) }
}

extension FloatArena {
  /// An arena with these numbers.
  convenience init(_ values: [Double]) {
    self.init(count: values.count)
    fill(values)
  }

  func fill(_ values: [Double]) {
    precondition(values.count == count)
    for (i, value) in values.enumerated() { base[i] = Float(value) }
  }

  var values: [Double] { buffer.map { Double($0) } }
}

extension ModelMemory {
  /// The numbers of a tensor, in file order.
  func parameter(_ name: String) throws -> [Double] {
    let descriptor = try #require(parameters.descriptor(named: name))
    return descriptor.order.fileOrder(of: value(descriptor.slice)).map { Double($0) }
  }

  func statistic(_ name: String) throws -> [Double] {
    let descriptor = try #require(statistics.descriptor(named: name))
    return descriptor.order.fileOrder(of: statistic(descriptor.slice)).map { Double($0) }
  }
}

/// A world of one replica.
final class Alone: ReplicaGroup {
  /// How many values each message had.
  private(set) var messages: [Int] = []

  func sum(_ values: UnsafeMutableBufferPointer<Double>) { messages.append(values.count) }
}

/// Every element within `tolerance · max(1, |expected|)`.
func expectClose(
  _ found: [Double], _ expected: [Double], tolerance: Double, _ name: String = "",
  sourceLocation: SourceLocation = #_sourceLocation
) {
  #expect(found.count == expected.count, "\(name): the counts differ", sourceLocation: sourceLocation)
  // Written so that NaN is a failure.
  let wrong = zip(found, expected).enumerated().first { _, pair in
    !(abs(pair.0 - pair.1) <= tolerance * max(1, abs(pair.1)))
  }
  #expect(wrong == nil, "\(name): index, found, expected; allowed \(tolerance)", sourceLocation: sourceLocation)
}
