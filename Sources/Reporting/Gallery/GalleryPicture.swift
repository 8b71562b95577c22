package import Pictures

/// One picture of what a model learned.
package struct GalleryPicture: Equatable, Sendable {
  /// Of letters, digits, `-` and `_`; fit for a file. Such as `prior-image`.
  package let name: String
  /// Such as `image, drawn from the prior`.
  package let title: String
  /// What its lines are, from the top, such as classes; empty if they are all alike.
  package let lines: [String]
  /// What its columns are, from the left; empty if they have no names.
  package var columns: [String] = []
  package let picture: Picture
}
