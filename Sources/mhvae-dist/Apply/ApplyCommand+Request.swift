import ArgumentParser
import Configuration
import Console
import Evaluation
import Storage

/// What the options ask for.
extension ApplyCommand {
  func request(_ configuration: RunConfiguration) throws -> ApplyRequest {
    let model = configuration.model
    return ApplyRequest(
      splits: try splits(), outputs: try outputs(),
      given: try given.map { try model.modalities($0, option: "--given") },
      targets: try target.map { try model.modalities($0, option: "--target") },
      samples: samples ?? configuration.evaluationSamples, draws: draws, seed: seed, percentileRows: percentiles)
  }

  func outputs() throws -> Set<ApplyOutput> {
    let known = ApplyOutput.allCases.map(\.rawValue)
    let outputs = try write.split(separator: ",").map { name in
      guard let output = ApplyOutput(rawValue: String(name)) else {
        throw ValidationError(
          "--write: there is no \"\(name)\"; \(Suggestion.phrase(for: String(name), among: known)).")
      }
      return output
    }
    guard !outputs.isEmpty else {
      throw ValidationError("--write: name at least one of \(known.joined(separator: ", ")).")
    }
    return Set(outputs)
  }

  func splits() throws -> [Split] {
    if split == "all" { return Split.allCases }
    guard let split = Split(rawValue: split) else {
      throw ValidationError("--split must be train, validation, test or all.")
    }
    return [split]
  }
}
