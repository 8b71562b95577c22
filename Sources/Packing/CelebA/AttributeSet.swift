import Console

/// Which attributes of the file become the modality.
package enum AttributeSet: Equatable, Sendable {
  /// The eighteen of the paper.
  case paper
  /// All that the file has.
  case all
  /// These, in this order.
  case named([String])

  /// The eighteen attributes the paper trains on, in alphabetical order.
  package static let paperNames = [
    "Bald", "Bangs", "Black_Hair", "Blond_Hair", "Brown_Hair", "Bushy_Eyebrows", "Eyeglasses", "Gray_Hair",
    "Heavy_Makeup", "Male", "Mouth_Slightly_Open", "Mustache", "Pale_Skin", "Receding_Hairline", "Smiling",
    "Straight_Hair", "Wavy_Hair", "Wearing_Hat",
  ]

  /// `paper`, `all`, or names with commas in between.
  package init(_ text: String) {
    switch text {
    case "paper": self = .paper
    case "all": self = .all
    default: self = .named(text.split(separator: ",", omittingEmptySubsequences: false).map { String($0) })
    }
  }

  /// The columns of the table.
  package func columns(of table: AttributeTable) throws(PackingError) -> [Int] {
    let wanted =
      switch self {
      case .paper: Self.paperNames
      case .all: table.names
      case .named(let names): names
      }
    if let twice = wanted.indices.first(where: { wanted[..<$0].contains(wanted[$0]) }) {
      throw PackingError("the attribute \"\(wanted[twice])\" is listed twice")
    }
    var columns: [Int] = []
    for name in wanted {
      guard let column = table.names.firstIndex(of: name) else {
        throw PackingError(
          file: table.path, "there is no attribute \"\(name)\"; \(Suggestion.phrase(for: name, among: table.names))")
      }
      columns.append(column)
    }
    return columns
  }
}
