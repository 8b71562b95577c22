/// A picture drawn from a model during training.
package struct SamplePicture: Sendable {
  /// Fit for a file, such as `prior-image`.
  package let name: String
  package let title: String
  /// Titles of its lines, from the top; empty if they are all alike.
  package let lines: [String]
  package let width: Int
  package let height: Int
  /// A PNG file.
  package let png: [UInt8]

  package init(name: String, title: String, lines: [String], width: Int, height: Int, png: [UInt8]) {
    (self.name, self.title, self.lines) = (name, title, lines)
    (self.width, self.height, self.png) = (width, height, png)
  }
}
