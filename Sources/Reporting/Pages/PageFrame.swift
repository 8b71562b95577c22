internal import Foundation
internal import Hashing
internal import Mustache

/// What all pages share: templates, style, script, and a policy by which a browser loads nothing and runs no other
/// script than ours, whatever a file may have brought into the page.
struct PageFrame: Sendable {
  let style = text(PackageResources.page_css)
  let script = text(PackageResources.page_js)
  let policy: String

  static let shared = PageFrame()

  private init() {
    policy =
      "default-src 'none'; img-src data:; style-src '\(Self.hash(style))'; script-src '\(Self.hash(script))'; "
      + "base-uri 'none'; form-action 'none'"
  }

  private static func hash(_ text: String) -> String {
    "sha256-\(Data(SHA256.digest(of: Array(text.utf8))).base64EncodedString())"
  }

  private static let library: MustacheLibrary = {
    let sources = [
      ("page", PackageResources.page_mustache), ("report", PackageResources.report_mustache),
      ("comparison", PackageResources.comparison_mustache), ("chart", PackageResources.chart_mustache),
      ("scatter", PackageResources.scatter_mustache), ("table", PackageResources.table_mustache),
      ("picture", PackageResources.picture_mustache), ("confusion", PackageResources.confusion_mustache),
    ]
    var library = MustacheLibrary()
    for (name, bytes) in sources {
      do { try library.register(text(bytes), named: name) } catch {
        preconditionFailure("the template \(name) cannot be read: \(error)")
      }
    }
    return library
  }()

  /// The page that a template makes of what it is given; everything in it is escaped.
  static func render(_ view: Any, template: String) -> String {
    guard let page = library.render(view, withTemplate: template) else {
      preconditionFailure("no template \(template)")
    }
    return page
  }
}

private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
