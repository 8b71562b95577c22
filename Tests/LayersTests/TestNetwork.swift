import Configuration
import Kernels
import Layers

/// Networks that run side by side on one replica, with memory, inputs and output gradients of their own.
final class TestNetwork {
  let memory = ModelMemory()
  let passes: [NetworkPass]
  let inputs: [FloatArena]
  let outputGradients: [FloatArena]
  let inputGradients: [FloatArena]
  private let lockStep: LockStep
  private let networks: [Network]
  private let rows: BatchRows

  /// Which rows of the whole batch a replica holds.
  struct Part {
    let rows: Range<Int>
    let of: Int
    static func whole(_ count: Int) -> Part { Part(rows: 0..<count, of: count) }
  }

  /// - Parameters:
  ///   - lists: one layer list for each network.
  ///   - part: inputs and output gradients are these rows of what `seed` gives for the whole batch.
  init(_ lists: [String], input: DataShape, part: Part, seed: UInt64 = 1) throws {
    let memory = memory
    let networks = try lists.enumerated().map { index, list in
      Network(try layerList(list, input: input), prefix: "n\(index)", input: input, memory: memory)
    }
    self.networks = networks
    memory.allocate()
    memory.initialize(seed: seed)
    rows = BatchRows(local: part.rows.count, global: part.of)
    passes = networks.map { NetworkPass($0, rows: part.rows.count, isTrained: true) }
    func arenas(_ width: (Network) -> Int, seed: UInt64) -> [FloatArena] {
      networks.enumerated().map { index, network in
        let (width, all) = (width(network), part.of * width(network))
        let numbers = randomNumbers(all, seed: seed + UInt64(index))
        return FloatArena(Array(numbers[part.rows.lowerBound * width..<part.rows.upperBound * width]))
      }
    }
    inputs = arenas(\.inputCount, seed: 100 * seed)
    outputGradients = arenas(\.outputCount, seed: 200 * seed)
    inputGradients = inputs.map { FloatArena(count: $0.count) }
    lockStep = LockStep(passes)
    // Gains and shifts start at 1 and 0, where some mistakes would not show.
    for descriptor in memory.parameters.descriptors where descriptor.name.contains(".norm.") {
      for (i, shift) in randomNumbers(descriptor.slice.count, seed: 7).enumerated() {
        memory.value(descriptor.slice)[i] += Float(0.5 * shift)
      }
    }
  }

  convenience init(_ list: String, input: DataShape, rows: Int) throws {
    try self.init([list], input: input, part: .whole(rows))
  }

  func forward(_ mode: PassMode = .training, _ replicas: any ReplicaGroup = Alone()) throws {
    for (i, pass) in passes.enumerated() {
      pass.input = inputs[i].matrix(rows: rows.local, columns: networks[i].inputCount)
    }
    try lockStep.forward(mode: mode, replicas: replicas)
  }

  /// Follows `forward`. The output gradients are copied, because the pass uses them up.
  func backward(accumulating: Bool = false, _ replicas: any ReplicaGroup = Alone()) throws {
    let copies = outputGradients.map { FloatArena($0.values) }
    for (i, pass) in passes.enumerated() {
      pass.outputGradient = copies[i].matrix(rows: rows.local, columns: networks[i].outputCount)
      pass.inputGradient = inputGradients[i].matrix(rows: rows.local, columns: networks[i].inputCount)
    }
    try lockStep.backward(accumulating: accumulating, replicas: replicas)
    withExtendedLifetime(copies) {}
  }

  func output(_ index: Int = 0) -> [Double] {
    let matrix = passes[index].output(rows.local)
    return (0..<matrix.rows).flatMap { r in (0..<matrix.columns).map { Double(matrix[r, $0]) } }
  }

  /// What the output gradients are the gradients of: the outputs' inner product with them, in double precision.
  func loss() throws -> Double {
    try forward()
    return passes.indices.reduce(0) { sum, i in
      sum + zip(output(i), outputGradients[i].values).reduce(0) { $0 + $1.0 * $1.1 }
    }
  }
}
