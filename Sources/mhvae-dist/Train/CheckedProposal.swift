import Configuration
import DataLoading
import ModelProposal
import Models
import Storage

extension ConfigurationProposal {
  /// The document that is proposed for a file, of a model that can be trained on it.
  /// - Throws: `DataLoadingError` when the family cannot, such as on rows with gaps; `ProposalError`, `StorageError`.
  static func checkedYAML(for data: String, family: FamilyName?) throws -> String {
    let dataset = try PackedDataset.open(data)
    let yaml = try ConfigurationProposal(dataset, family: family).yaml
    try dataset.check(against: try ConfigurationSource(yaml: yaml).resolve().model)
    return yaml
  }
}
