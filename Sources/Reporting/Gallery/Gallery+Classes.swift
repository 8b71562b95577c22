internal import Configuration
internal import Models

extension Gallery {
  /// More classes would not be looked at, nor could they be told apart.
  private static let mostClasses = 20

  /// Categorical modalities of few classes.
  var classModalities: [Int] {
    modalities.indices.filter {
      modalities[$0].likelihood == .categorical && modalities[$0].shape.count <= Self.mostClasses
    }
  }

  /// The names of a modality's classes; their numbers where they have none.
  func names(of modality: Int) -> [String] {
    classNames[modalities[modality].name] ?? (0..<modalities[modality].shape.count).map(String.init)
  }
}
