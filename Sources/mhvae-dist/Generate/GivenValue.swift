import Configuration
import DataLoading
import Evaluation
import Kernels
import Runs
import Storage

/// What a person says is known of one modality: `label=3`, `label=Dress`, `attributes=Male,Smiling`, `x=0.5,1,0` or
/// `image=test:17`.
struct GivenValue {
  /// Its index.
  let modality: Int
  private let text: String
  private let argument: String

  init(_ argument: String, model: ModelConfiguration) throws(CommandError) {
    let parts = argument.split(separator: "=", maxSplits: 1).map(String.init)
    guard parts.count == 2 else {
      throw CommandError("--given \(argument): expected MODALITY=VALUE, such as label=3 or image=test:17")
    }
    modality = try model.modality(parts[0], option: "--given \(argument)")
    (text, self.argument) = (parts[1], argument)
  }

  /// As the networks see it: classes one-hot, images channels-last.
  /// - Parameter dataPath: the file that rows and names come from.
  func observation(_ trained: TrainedModel, dataPath: String?) throws -> [Float] {
    let configuration = trained.configuration.model.modalities[modality]
    if text.contains(":") { return try row(trained, configuration, dataPath) }
    let names = try dataPath.map { try trained.openData($0).valueNames(of: configuration.name) } ?? []
    return configuration.likelihood == .categorical
      ? try oneHot(configuration, names) : try values(configuration, names)
  }

  private func oneHot(_ modality: ModalityConfiguration, _ names: [String]) throws(CommandError) -> [Float] {
    let classes = modality.shape.count
    guard let index = names.firstIndex(of: text) ?? Int(text), (0..<classes).contains(index) else {
      let known = names.isEmpty ? "; with --data its name will do, too" : " or one of \(names.joined(separator: ", "))"
      throw CommandError("--given \(argument): expected a class from 0 to \(classes - 1)\(known)")
    }
    return (0..<classes).map { $0 == index ? 1 : 0 }
  }

  /// Numbers for all values, or the names of those that are 1.
  private func values(_ modality: ModalityConfiguration, _ names: [String]) throws(CommandError) -> [Float] {
    let parts = text.split(separator: ",").map(String.init)
    let numbers = parts.compactMap { Float($0) }.filter(\.isFinite)
    if numbers.count == parts.count {
      guard numbers.count == modality.shape.count else {
        throw CommandError(
          "--given \(argument): \(modality.name) has \(modality.shape.count) values, found \(numbers.count); a row of "
            + "--data is \(modality.name)=test:0")
      }
      guard modality.likelihood != .bernoulli || numbers.allSatisfy({ (0...1).contains($0) }) else {
        throw CommandError("--given \(argument): the values of \(modality.name) lie from 0 to 1")
      }
      return numbers
    }
    guard !names.isEmpty else {
      throw CommandError(
        "--given \(argument): expected \(modality.shape.count) numbers, a row such as \(modality.name)=test:0, or, "
          + "where the file of --data names the values, the names of those that are 1")
    }
    if let unknown = parts.first(where: { !names.contains($0) }) {
      throw CommandError("--given \(argument): \"\(unknown)\" is none of \(names.joined(separator: ", "))")
    }
    return names.map { parts.contains($0) ? 1 : 0 }
  }

  private func row(
    _ trained: TrainedModel, _ configuration: ModalityConfiguration, _ dataPath: String?
  ) throws -> [Float] {
    let parts = text.split(separator: ":").map(String.init)
    guard parts.count == 2, let split = Split(rawValue: parts[0]), let row = Int(parts[1]), row >= 0 else {
      throw CommandError("--given \(argument): expected SPLIT:ROW with train, validation or test, such as test:17")
    }
    guard let dataPath else { throw CommandError("--given \(argument): name the dataset with --data") }
    let dataset = try trained.openData(dataPath)
    guard row < dataset.rowCount(of: split) else {
      throw CommandError(
        "--given \(argument): \(dataPath) has \(dataset.rowCount(of: split)) rows of \(split.rawValue)")
    }
    let shard = try Shard(
      dataset, modalities: trained.configuration.model.dataModalities, split: split, rows: row..<row + 1)
    return shard.values(row: row, modality: modality)
  }
}

extension PackedDataset {
  /// The names of a modality's classes or values; empty if they have none.
  func valueNames(of modality: String) -> [String] {
    modalities.first { $0.name == modality }?.classNames ?? []
  }
}
