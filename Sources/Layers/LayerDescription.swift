package import Configuration

/// One layer of a model, for people to read.
package struct LayerDescription: Equatable, Sendable, Encodable {
  /// Such as `modality.image.encoder`.
  package let network: String
  /// What it is called there: its place in the layer list, or what it computes.
  package let name: String
  /// Such as `linear 512, norm batch, activation leaky_relu`.
  package let operation: String
  /// Shape of a row that it reads.
  package let input: DataShape
  /// Shape of a row that it gives.
  package let output: DataShape
  /// Trained numbers.
  package let parameterCount: Int
}
