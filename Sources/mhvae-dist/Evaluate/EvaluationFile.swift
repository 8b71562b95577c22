import Configuration
import Storage

/// Where the report of an evaluation lies unless somebody says otherwise.
enum EvaluationFile {
  /// - Parameters:
  ///   - model: a run's directory, or a file with a model.
  ///   - given, target: the modalities that were chosen, if any were.
  ///   - precision: what products read.
  ///   - mixtureComponents: of a mixture, if there is one.
  static func path(
    of model: String, given: String? = nil, target: String? = nil, precision: Precision = .f32,
    mixtureComponents: Int? = nil
  ) -> String {
    let chosen = [
      given.map { "given-\($0)" }, target.map { "target-\($0)" }, precision.mention,
      mixtureComponents.map { "mixture-\($0)" },
    ]
    let parts = ["evaluation"] + chosen.compactMap(\.self)
    let name = parts.joined(separator: "-").replacing(",", with: "+") + ".json"
    return isFile(model) ? "\(model).\(name)" : "\(model)/\(name)"
  }
}
