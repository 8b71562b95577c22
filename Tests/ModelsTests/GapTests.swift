import Kernels
import Layers
import Models
import TestSupport
import Testing

/// Batches of which rows lack a modality.
struct GapTests {
  static let families = ["mhvae", "mvae"]

  /// How many rows of twelve have the vector; its encoder, its generator in a hierarchy, have batch norms.
  enum Vectors: Int, CaseIterable { case none, one, two, most }

  private static func batch(_ model: any Model, _ vectors: Vectors) -> Batch {
    SmallFamilies.batch(model) { row, modality in
      switch vectors {
      case .none: modality == 1
      case .one: modality == 1 && row != 7
      case .two: modality == 1 && row != 7 && row != 2
      case .most: modality == 1 ? row % 4 == 1 : row % 4 == 2
      }
    }
  }

  private func terms(_ model: any Model, _ batch: Batch, _ pass: any ObjectivePass) throws -> [Double] {
    try pass.forward(batch, weights: SmallFamilies.weights, mode: .training, replicas: Alone())
    return Array(pass.termSums)
  }

  @Test("Gradients agree with central differences whatever the number of rows", arguments: families, Vectors.allCases)
  func gradients(family: String, vectors: Vectors) throws {
    let model = try SmallFamilies.model(family)
    let pass = model.makeObjectivePass(rows: SmallFamilies.rows)
    let batch = Self.batch(model, vectors)
    let statistics = Array(model.memory.runningStatistics.buffer)
    func loss() throws -> Double {
      // Where the running statistics are used, they must be the same in every pass.
      for (i, value) in statistics.enumerated() { model.memory.runningStatistics.base[i] = value }
      return try terms(model, batch, pass).withUnsafeBufferPointer {
        model.loss(terms: $0, weights: SmallFamilies.weights) / Double(SmallFamilies.rows)
      }
    }
    _ = try loss()
    try pass.backward(batch, replicas: Alone())
    try model.expectGradients(seed: 3, leaning: 0, of: loss) { name, gradient in
      if vectors == .none, name.contains("vector") { #expect(length(gradient) == 0, "\(name)") }
      return true
    }
  }

  @Test("Fewer than two values a channel leave the running statistics as they are", arguments: families)
  func statistics(family: String) throws {
    for vectors in Vectors.allCases {
      let model = try SmallFamilies.model(family)
      let before = Array(model.memory.runningStatistics.buffer)
      _ = try terms(model, Self.batch(model, vectors), model.makeObjectivePass(rows: SmallFamilies.rows))
      for statistic in model.memory.statistics.descriptors where statistic.name.hasPrefix("modality.vector.encoder") {
        let range = statistic.slice.offset..<statistic.slice.offset + statistic.slice.count
        let isMoved = Array(model.memory.runningStatistics.buffer[range]) != Array(before[range])
        #expect(isMoved == (vectors.rawValue >= 2), "\(statistic.name) with \(vectors) rows")
      }
    }
  }

  @Test("After a step with running statistics the bias in front of a batch norm has no gradient again")
  func biasGradient() throws {
    let model = try SmallFamilies.model("mhvae")
    let pass = model.makeObjectivePass(rows: SmallFamilies.rows)
    let bias = try #require(model.memory.parameters.descriptor(named: "modality.vector.encoder.0.linear.bias")).slice
    func gradient(_ vectors: Vectors) throws -> [Float] {
      let batch = Self.batch(model, vectors)
      _ = try terms(model, batch, pass)
      try pass.backward(batch, replicas: Alone())
      return Array(UnsafeBufferPointer(start: model.memory.gradient(bias), count: bias.count))
    }
    #expect(try gradient(.one).contains { $0 != 0 })
    #expect(try gradient(.most).allSatisfy { $0 == 0 })
  }

  @Test("Terms of a modality are those of the rows that have it", arguments: families)
  func terms(family: String) throws {
    let model = try SmallFamilies.model(family)
    let pass = model.makeObjectivePass(rows: SmallFamilies.rows)
    let found = try terms(model, Self.batch(model, .none), pass)
    for (name, value) in zip(model.termNames, found) {
      #expect((value == 0) == (name.hasSuffix("/vector")), "\(name): \(value)")
    }
  }

  @Test("What is given but absent does not propose", arguments: families)
  func proposals(family: String) throws {
    let model = try SmallFamilies.model(family)
    let inputs = SmallFamilies.batch(model).inputs
    let present = FloatArena(count: 24).matrix(rows: 12, columns: 2)
    // In turn: both, the picture alone, the vector alone, nothing.
    for row in 0..<12 { (present[row, 0], present[row, 1]) = ([1, 1, 0, 0][row % 4], [1, 0, 1, 0][row % 4]) }
    func draw(given: [Int], row: Int, present: Matrix?) -> (weights: [Double], latents: [[Float]]) {
      let proposal = model.makeProposal(given: given, decoded: [0, 1], rows: 12, draws: 5)
      proposal.encode(Observations(inputs, present: present))
      let noise = proposal.noise.map { latent in
        let matrix = FloatArena(count: 5 * latent.width).matrix(rows: 5, columns: latent.width)
        for draw in 0..<5 {
          RandomStream(seed: 2, purpose: .noise).fillNormals(matrix, row: draw, at: (step: 1, row: UInt32(draw)))
        }
        return matrix
      }
      var weights = [Double](repeating: 0, count: 5)
      proposal.draw(row: row, noise: noise, draws: 5, logWeights: &weights)
      return (weights, proposal.latents(draws: 5).map(\.values))
    }
    for (row, given) in [[0, 1], [0], [1], []].enumerated() {
      let (found, expected) = (
        draw(given: [0, 1], row: row, present: present), draw(given: given, row: row, present: nil)
      )
      #expect(found.weights == expected.weights && found.latents == expected.latents, "row \(row)")
    }
  }
}
