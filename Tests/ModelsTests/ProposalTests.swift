import Configuration
import Kernels
import Layers
import Models
import Testing

struct ProposalTests {
  /// Where the posterior's deviation is e^-20, draws around 1 are all equal in single precision: only the noise tells
  /// what their density was.
  @Test(
    "The weight of a draw is right to the digit where its deviation is below the spacing of its numbers",
    arguments: ["mhvae", "jmvae"])
  func tinyDeviations(family: String) throws {
    let model = try SmallFamilies.model(family)
    let prefixes = ["core.posterior", "joint.posterior", "modality.picture.posterior", "modality.vector.posterior"]
    for prefix in prefixes {
      for (head, bias) in [("mean", Float(1)), ("logvar", -40)] {
        guard let weight = model.memory.parameters.descriptor(named: "\(prefix).\(head).weight") else { continue }
        model.set("\(prefix).\(head).weight", [Float](repeating: 0, count: weight.slice.count))
        model.set("\(prefix).\(head).bias", [Float](repeating: bias, count: weight.shape[0]))
      }
    }
    for modality in ["picture", "vector"] {
      for head in ["mean", "logvar"] {
        guard let weight = model.memory.parameters.descriptor(named: "core.generator.\(modality).prior.\(head).weight")
        else { continue }
        model.set(weight.name, [Float](repeating: 0, count: weight.slice.count))
      }
    }
    let proposal = model.makeProposal(given: [0, 1], decoded: [], rows: 1, draws: 1)
    let batch = SmallFamilies.batch(model)
    proposal.encode(Observations(batch.inputs.map { $0.firstRows(1) }))
    func logWeight(_ noise: Float) -> Double {
      let matrices = proposal.noise.map { latent in
        let matrix = FloatArena(count: latent.width).matrix(rows: 1, columns: latent.width)
        matrix.fill(noise)
        return matrix
      }
      var weight = 0.0
      proposal.draw(row: 0, noise: matrices, draws: 1, logWeights: &weight)
      return weight
    }
    let count = proposal.noise.reduce(0) { $0 + $1.width }
    // The draws are equal to the bit, and so are their densities under the prior: what is left is ½ e² a dimension.
    let difference = logWeight(1.5) - logWeight(0)
    #expect(abs(difference - 0.5 * 1.5 * 1.5 * Double(count)) < 1e-4, "found \(difference) for \(count) dimensions")
  }

  @Test("Modalities whose tensors would start with the same numbers are refused")
  func equalStarts() throws {
    let modalities = ["irrfwblp", "ovyvstxq"].map {
      "{name: \($0), shape: [2], likelihood: gaussian, encoder: [{linear: 2}], decoder: [{linear: 2}]}"
    }
    let configuration = try ModelConfiguration(
      yaml: "{family: mvae, latent: 1, modalities: [\(modalities.joined(separator: ", "))]}")
    let error = #expect(throws: (any Error).self) { try describeModel(configuration) }
    #expect("\(String(describing: error))".contains("rename one of the modalities"))
  }
}
