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
    let names = try dataPath.map { try trained.openData($0).valueNames(of: configuration.name) } ?? []
    let typed: TypedObservation
    do { typed = try TypedObservation(text, of: configuration, names: names) } catch {
      throw CommandError("--given \(argument): \(error)")
    }
    switch typed {
    case .values(let values): return values
    case .row(let split, let row): return try values(of: split, row, trained, dataPath)
    }
  }

  private func values(
    of split: Split, _ row: Int, _ trained: TrainedModel, _ dataPath: String?
  ) throws -> [Float] {
    guard let dataPath else { throw CommandError("--given \(argument): name the dataset with --data") }
    let dataset = try trained.openData(dataPath)
    guard row < dataset.rowCount(of: split) else {
      throw CommandError(
        "--given \(argument): \(dataPath) has \(dataset.rowCount(of: split)) rows of \(split.rawValue)")
    }
    let shard = try Shard(
      dataset, modalities: trained.configuration.model.dataModalities, split: split, rows: row..<row + 1)
    guard shard.has(modality, row: row) else {
      throw CommandError("--given \(argument): row \(row) of \(split.rawValue) lacks this modality; name another row")
    }
    return shard.values(row: row, modality: modality)
  }
}

extension PackedDataset {
  /// The names of a modality's classes or values; empty if they have none.
  func valueNames(of modality: String) -> [String] {
    modalities.first { $0.name == modality }?.classNames ?? []
  }
}
