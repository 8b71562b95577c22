import Configuration
import Storage

/// Where the report of an evaluation lies unless somebody says otherwise.
enum EvaluationFile {
  /// - Parameters:
  ///   - model: a run's directory, or a file with a model.
  ///   - given, target: the modalities that were chosen, if any were.
  ///   - precision: what products read.
  static func path(
    of model: String, given: String? = nil, target: String? = nil, precision: Precision = .f32
  ) -> String {
    let chosen = [given.map { "given-\($0)" }, target.map { "target-\($0)" }, precision.mention]
    let parts = ["evaluation"] + chosen.compactMap(\.self)
    let name = parts.joined(separator: "-").replacing(",", with: "+") + ".json"
    return isFile(model) ? "\(model).\(name)" : "\(model)/\(name)"
  }
}
