import Configuration
import Kernels
import Storage
import Training

/// What a person says is known of one modality: `label=3` or `image=test:17`.
struct GivenValue {
  let modality: Int
  private let text: String
  private let argument: String

  init(_ argument: String, modalities: [ModalityConfiguration]) throws {
    let parts = argument.split(separator: "=", maxSplits: 1).map(String.init)
    guard parts.count == 2 else {
      throw TrainingError("--given \(argument): expected MODALITY=VALUE, such as label=3 or image=test:17")
    }
    guard let index = modalities.firstIndex(where: { $0.name == parts[0] }) else {
      let known = modalities.map(\.name).joined(separator: ", ")
      throw TrainingError("--given \(argument): the model has no modality \"\(parts[0])\"; it has \(known)")
    }
    (modality, text, self.argument) = (index, parts[1], argument)
  }

  /// As the networks see it: classes one-hot, images channels-last.
  func observation(_ trained: TrainedModel, dataPath: String?) throws -> [Float] {
    let configuration = trained.configuration.model.modalities[modality]
    return text.contains(":") ? try row(trained, configuration, dataPath) : try oneHot(configuration)
  }

  private func oneHot(_ modality: ModalityConfiguration) throws -> [Float] {
    let classes = modality.shape.count
    guard modality.likelihood == .categorical, let index = Int(text), (0..<classes).contains(index) else {
      throw TrainingError(
        modality.likelihood == .categorical
          ? "--given \(argument): expected a class from 0 to \(classes - 1)"
          : "--given \(argument): \(modality.name) has no classes; name a row of --data, such as \(modality.name)=test:0"
      )
    }
    return (0..<classes).map { $0 == index ? 1 : 0 }
  }

  private func row(
    _ trained: TrainedModel, _ configuration: ModalityConfiguration, _ dataPath: String?
  ) throws -> [Float] {
    let parts = text.split(separator: ":").map(String.init)
    guard parts.count == 2, let split = Split(rawValue: parts[0]), let row = Int(parts[1]), row >= 0 else {
      throw TrainingError("--given \(argument): expected SPLIT:ROW with train, validation or test, such as test:17")
    }
    guard let dataPath else { throw TrainingError("--given \(argument): name the dataset with --data") }
    let dataset = try PackedDataset.open(dataPath)
    try trained.check(dataset)
    guard row < dataset.rowCount(of: split) else {
      throw TrainingError(
        "--given \(argument): \(dataPath) has \(dataset.rowCount(of: split)) rows of \(split.rawValue)")
    }
    let shard = try Shard(
      dataset, modalities: [(configuration.name, configuration.likelihood)], split: split, rows: row..<row + 1)
    let count = configuration.shape.count
    return [Float](unsafeUninitializedCapacity: count) { values, initialized in
      if let base = values.baseAddress { shard.load(row: row, modality: 0, into: base) }
      initialized = count
    }
  }
}
