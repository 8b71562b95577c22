internal import Foundation
internal import Pictures

/// A picture as the template `picture` wants it.
struct PictureView {
  let title: String
  let description: String
  let lines: [String]
  let hasLines: Bool
  let columns: String?
  /// A PNG as a `data:` address.
  let data: String
  let width: Int
  let height: Int

  /// About as wide as a picture should be on a page.
  private static let widthOnPage = 520

  /// - Throws: `PictureError` when it cannot be made a PNG.
  init(_ picture: GalleryPicture) throws {
    let scale = max(1, min(3, Self.widthOnPage / picture.picture.width))
    (width, height) = (picture.picture.width * scale, picture.picture.height * scale)
    title = picture.title
    lines = picture.lines
    hasLines = !lines.isEmpty
    columns = picture.columns.isEmpty ? nil : "Columns: \(picture.columns.joined(separator: ", "))"
    let named = lines.filter { !$0.isEmpty }
    description =
      picture.title + (named.isEmpty ? "" : "; lines from the top: \(named.joined(separator: ", "))")
      + (columns.map { "; \($0)" } ?? "")
    data = "data:image/png;base64,\(Data(try picture.picture.png()).base64EncodedString())"
  }
}
