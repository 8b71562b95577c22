/// Images that cannot be made into a picture.
package struct PictureError: Error, Equatable, CustomStringConvertible {
  package let description: String

  init(_ description: String) { self.description = description }
}
