import Configuration
import Kernels
import Layers
import Testing

struct TensorTableTests {
  @Test("Tensors have the specified names and shapes, and lie one after another")
  func namesAndShapes() throws {
    let list = """
      [{conv: 3, kernel: 2, norm: batch}, {linear: 30}, {reshape: [5, 2, 3]}, {deconv: 2, kernel: 3, bias: true}]
      """
    let memory = ModelMemory()
    let input = DataShape.image(channels: 2, height: 4, width: 3)
    let network = Network(try layerList(list, input: input), prefix: "modality.x.encoder", input: input, memory: memory)
    _ = GaussianHeads(
      prefix: "modality.x.posterior", inputOrder: network.outputShape.memoryOrder, latent: 4, memory: memory)
    let expected: [(String, [Int])] = [
      ("encoder.0.conv.weight", [3, 2, 2, 2]), ("encoder.0.norm.weight", [3]), ("encoder.0.norm.bias", [3]),
      ("encoder.1.linear.weight", [30, 18]), ("encoder.1.linear.bias", [30]),
      ("encoder.3.deconv.weight", [5, 2, 3, 3]),
      ("encoder.3.deconv.bias", [2]), ("posterior.mean.weight", [4, 40]), ("posterior.logvar.weight", [4, 40]),
      ("posterior.mean.bias", [4]), ("posterior.logvar.bias", [4]),
    ]
    let found = memory.parameters.descriptors
    #expect(Set(found.map(\.name)) == Set(expected.map { "modality.x.\($0.0)" }))
    for (name, shape) in expected {
      #expect(memory.parameters.descriptor(named: "modality.x.\(name)")?.shape == shape, "\(name)")
    }
    var offset = 0
    for descriptor in found {
      #expect(descriptor.slice == memory.parameters.descriptor(named: descriptor.name)?.slice)
      #expect(descriptor.slice.offset == offset && descriptor.slice.count == descriptor.shape.reduce(1, *))
      offset += descriptor.slice.count
    }
    #expect(memory.parameters.count == offset)
    #expect(
      memory.statistics.descriptors.map(\.name)
        == ["running_mean", "running_var"].map { "modality.x.encoder.0.norm.\($0)" })
    #expect(memory.statistics.descriptors.map(\.shape) == [[3], [3]])
    #expect(network.outputShape == .image(channels: 2, height: 4, width: 5))
  }

  @Test("Declaring a name twice ends the program")
  func declaredTwice() async {
    await #expect(processExitsWith: .failure) {
      let table = ModelMemory().parameters
      _ = table.declare("x", shape: [1], initialization: .constant(0))
      _ = table.declare("x", shape: [1], initialization: .constant(0))
    }
  }
}

struct ModelMemoryTests {
  @Test("Allocating twice ends the program: passes keep addresses in the first memory")
  func allocatedTwice() async {
    await #expect(processExitsWith: .failure) {
      let memory = ModelMemory()
      memory.allocate()
      memory.allocate()
    }
  }

  /// `irrfwblp` and `ovyvstxq` have the same 32-bit hash behind `modality.`.
  @Test("Tensors that would start with the same numbers are told, others are not")
  func equalStarts() {
    let memory = ModelMemory()
    func declare(_ name: String, _ start: Initialization = .uniform(bound: 1)) {
      _ = memory.parameters.declare(name, shape: [2], initialization: start)
    }
    declare("modality.irrfwblp.bias")
    declare("modality.irrfwblp.weight")
    declare("modality.ovyvstxq.bias", .constant(0))
    #expect(memory.parameters.equalStarts == nil, "a constant is no random number")
    declare("modality.ovyvstxq.weight")
    let found = memory.parameters.equalStarts
    #expect(found?.0.name == "modality.irrfwblp.weight" && found?.1.name == "modality.ovyvstxq.weight")
  }

  @Test("The batch norm that sees the fewest positions of a row is known")
  func normPositions() throws {
    func fewest(_ list: String) throws -> Int? {
      let memory = ModelMemory()
      _ = Network(try layerList(list, input: Self.input), prefix: "n", input: Self.input, memory: memory)
      return memory.fewestNormPositions
    }
    #expect(try fewest("[{conv: 8, kernel: 4}, {linear: 25}]") == nil)
    #expect(try fewest("[{conv: 8, kernel: 4, norm: batch}, {linear: 25}]") == 6)
    #expect(try fewest("[{conv: 8, kernel: 4, norm: batch}, {linear: 25, norm: batch}]") == 1)
  }

  private static let lists = [
    "[{conv: 8, kernel: 4, norm: batch, bias: true}, {linear: 25}]",
    "[{deconv: 6, kernel: 3, bias: true}, {conv: 5, kernel: 2}]",
  ]
  private static let input = DataShape.image(channels: 3, height: 6, width: 5)

  /// - Parameter order: in which the two networks declare their tensors.
  private func memory(order: [Int], seed: UInt64) throws -> ModelMemory {
    let memory = ModelMemory()
    for i in order {
      _ = Network(
        try layerList(Self.lists[i], input: Self.input), prefix: "n\(i)", input: Self.input, memory: memory)
    }
    memory.allocate()
    memory.initialize(seed: seed)
    return memory
  }

  @Test("How a tensor starts depends on seed and name, not on what was declared before it")
  func independentOfOrder() throws {
    let (a, b, c) = (
      try memory(order: [0, 1], seed: 1), try memory(order: [1, 0], seed: 1), try memory(order: [0, 1], seed: 2)
    )
    for descriptor in a.parameters.descriptors {
      let values = try a.parameter(descriptor.name)
      #expect(try b.parameter(descriptor.name) == values, "\(descriptor.name)")
      if descriptor.name.contains(".norm.") { continue }
      #expect(try c.parameter(descriptor.name) != values, "\(descriptor.name)")
      for other in a.parameters.descriptors where other.name != descriptor.name {
        #expect(try a.parameter(other.name).first != values.first, "\(descriptor.name) starts like \(other.name)")
      }
    }
  }

  @Test(
    "Weights and biases fill ±1/√fan_in: in channels of a convolution, out channels of its transpose",
    arguments: [
      ("n0.0.conv", 3 * 16), ("n0.1.linear", 8 * 3 * 2), ("n1.0.deconv", 6 * 9), ("n1.1.conv", 6 * 4),
    ])
  func bounds(layer: String, fanIn: Int) throws {
    let memory = try memory(order: [0, 1], seed: 1)
    let bound = 1 / Double(fanIn).squareRoot()
    var values = try memory.parameter("\(layer).weight")
    if layer != "n1.1.conv" { values += try memory.parameter("\(layer).bias") }
    #expect(values.allSatisfy { abs($0) <= bound * (1 + 0x1p-23) })
    // Of 100 or more uniform numbers, one comes within a tenth of each end: the odds against are 1 in 150 at least.
    #expect(values.max()! > 0.9 * bound && values.min()! < -0.9 * bound)
    let mean = values.reduce(0, +) / Double(values.count)
    // Five standard deviations of a mean of uniform numbers.
    #expect(abs(mean) < 5 * bound / (3 * Double(values.count)).squareRoot())
  }

  @Test("A batch norm starts as the identity")
  func normStart() throws {
    let memory = try memory(order: [0, 1], seed: 1)
    #expect(try memory.parameter("n0.0.norm.weight") == [Double](repeating: 1, count: 8))
    #expect(try memory.parameter("n0.0.norm.bias") == [Double](repeating: 0, count: 8))
    #expect(try memory.statistic("n0.0.norm.running_mean") == [Double](repeating: 0, count: 8))
    #expect(try memory.statistic("n0.0.norm.running_var") == [Double](repeating: 1, count: 8))
  }
}
