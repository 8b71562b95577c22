import Configuration
import Kernels
import Layers
import ModelProposal
import Models
import Storage
import Testing

/// A world of one replica.
private final class Alone: ReplicaGroup {
  func sum(_ values: UnsafeMutableBufferPointer<Double>) {}
}

struct ConfigurationProposalTests {
  private static func values(_ name: String, _ shape: [Int], _ likelihood: String) -> ModalityDescription {
    ModalityDescription(name: name, shape: shape, likelihood: likelihood, encoding: .values, elementType: .float32)
  }

  private static func label(_ classes: Int) -> ModalityDescription {
    ModalityDescription(
      name: "label", shape: [classes], likelihood: "categorical", encoding: .classIndex, elementType: .uint8)
  }

  private func configuration(
    _ modalities: [ModalityDescription], rows: Int = 1000, family: FamilyName? = nil, name: String = "made-up"
  ) throws -> RunConfiguration {
    try RunConfiguration(
      yaml: ConfigurationProposal(name: name, modalities: modalities, rows: rows, family: family).yaml)
  }

  /// Even and odd extents, one of each, large and small, in one, three and more channels; vectors; every likelihood.
  private static let shapes: [(shape: [Int], likelihood: String)] = [
    ([1, 28, 28], "bernoulli"), ([3, 64, 64], "bernoulli"), ([1, 16, 16], "gaussian"), ([1, 17, 17], "bernoulli"),
    ([1, 33, 19], "laplace"), ([3, 20, 31], "bernoulli"), ([1, 50, 30], "bernoulli"), ([3, 101, 99], "bernoulli"),
    ([5, 16, 64], "gaussian"),
    ([1, 8, 8], "bernoulli"), ([1, 15, 99], "bernoulli"), ([1], "gaussian"), ([6], "gaussian"), ([40], "laplace"),
    ([18], "bernoulli"), ([12], "poisson"), ([700], "negative_binomial"), ([9], "unheard-of"),
  ]

  @Test(
    "Whatever the shape, the proposal is valid and trains for a step", arguments: shapes,
    registeredFamilies.map { $0.name.rawValue })
  func trains(about: (shape: [Int], likelihood: String), family: String) throws {
    let described = [Self.values("data", about.shape, about.likelihood), Self.label(10)]
    let configuration = try configuration(described, family: FamilyName(rawValue: family))
    #expect(configuration.model.modalities[0].shape.dimensions == about.shape)
    #expect(
      configuration.model.modalities.map(\.likelihood.rawValue)
        == [about.likelihood == "unheard-of" ? "gaussian" : about.likelihood, "categorical"])
    let model = try makeModel(configuration.model)
    model.memory.initialize(seed: 1)
    let rows = 4
    let inputs = configuration.model.modalities.enumerated().map { place, modality in
      let x = FloatArena(count: rows * modality.shape.count).matrix(rows: rows, columns: modality.shape.count)
      for row in 0..<rows {
        for i in 0..<x.columns { x[row, i] = place == 0 ? Float((row + i) % 2) : i == row ? 1 : 0 }
      }
      return x
    }
    let noise = model.objectiveNoise.map { FloatArena(count: rows * $0.width).matrix(rows: rows, columns: $0.width) }
    let batch = Batch(rows: BatchRows(local: rows, global: rows), inputs: inputs, keepMask: nil, noise: noise)
    let pass = model.makeObjectivePass(rows: rows)
    try pass.forward(batch, weights: configuration.objectiveWeights(epoch: 1), mode: .training, replicas: Alone())
    try pass.backward(batch, replicas: Alone())
    #expect(pass.termSums.allSatisfy { $0.isFinite })
    #expect(
      model.memory.gradients.buffer.allSatisfy { $0.isFinite } && model.memory.gradients.buffer.contains { $0 != 0 })
  }

  @Test("Extents that strides cannot reach together make no enormous network")
  func oddExtents() throws {
    let proposed = try configuration([Self.values("data", [3, 201, 199], "bernoulli"), Self.label(10)])
    let model = try makeModel(proposed.model)
    #expect(model.memory.parameters.count < 16 << 20, "\(model.memory.parameters.count) parameters")
  }

  @Test("Pictures of 16 pixels and more have convolutions, all else has none")
  func convolutions() throws {
    for (shape, _) in Self.shapes {
      let encoder = try configuration([Self.values("data", shape, "bernoulli")]).model.modalities[0].encoder
      let hasConvolution = encoder.contains { if case .convolution = $0.operation { true } else { false } }
      #expect(hasConvolution == (shape.count == 3 && min(shape[1], shape[2]) >= 16), "\(shape)")
    }
  }

  @Test("Steps stay between 4 000 and 40 000, epochs are no fewer than 1, warm-ups are shorter")
  func steps() throws {
    for rows in [2, 3, 9, 60, 200, 700, 1437, 3200, 60_000, 1_000_000, 100_000_000] {
      let training = try configuration([Self.label(3)], rows: rows).training
      #expect(training.batchSize <= rows && training.batchSize <= 64)
      let steps = training.epochs * ((rows + training.batchSize - 1) / training.batchSize)
      #expect(steps >= 4000 && (steps <= 40_000 || training.epochs == 1), "\(rows) rows: \(steps) steps")
      #expect(training.epochs == 1 || training.warmUp.core < training.epochs)
    }
  }

  @Test("Small modalities weigh more, the largest weighs 1")
  func weights() throws {
    let modalities = [
      Self.values("image", [1, 28, 28], "bernoulli"), Self.label(10), Self.values("sensor", [49], "gaussian"),
    ]
    #expect(try configuration(modalities).model.reconstructionWeights == [1, 50, 4])
  }

  @Test("Equal files get equal texts, with a comment on most lines; names that YAML reads otherwise are quoted")
  func text() throws {
    let modalities = [Self.values("image", [1, 28, 28], "bernoulli"), Self.label(10)]
    func yaml(_ name: String) throws -> String {
      try ConfigurationProposal(name: name, modalities: modalities, rows: 50_000, family: nil).yaml
    }
    #expect(try yaml("mnist") == yaml("mnist"))
    #expect(try yaml("mnist").split(separator: "\n").count { $0.contains("# ") } > 12)
    for name in ["mnist", "it's: mine", "true", "12", "# x"] {
      #expect(try configuration(modalities, name: name).name == name)
    }
  }

  @Test("What no model takes is refused, with what to do")
  func refusals() throws {
    let shape = #expect(throws: ProposalError.self) {
      try configuration([Self.values("map", [28, 28], "gaussian")])
    }
    #expect(shape?.description.contains("modality map") == true && shape?.description.contains("pack it") == true)
    let rows = #expect(throws: ProposalError.self) { try configuration([Self.label(3)], rows: 1) }
    #expect(rows?.description.contains("1 training rows") == true)
  }
}
