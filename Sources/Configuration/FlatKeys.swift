internal import Yams

extension RunConfiguration {
  /// Every key of the complete document, as `--set` names it, with its value; a list without names is one value.
  package var flatKeys: [(key: String, value: String)] {
    get throws { flatten(try parseYAML(try yaml), key: "") }
  }
}

private func flatten(_ node: Node, key: String) -> [(key: String, value: String)] {
  func below(_ name: String) -> String { key.isEmpty ? name : "\(key).\(name)" }
  switch node {
  case .mapping(let mapping):
    return mapping.flatMap { flatten($1, key: below($0.string ?? "")) }
  case .sequence(let items) where items.allSatisfy({ $0.mapping?["name"] != nil }):
    return items.flatMap { flatten($0, key: below($0.mapping?["name"]?.string ?? "")) }
  default:
    return [(key, oneLine(node))]
  }
}

private func oneLine(_ node: Node) -> String {
  switch node {
  case .mapping(let mapping): "{" + mapping.map { "\(oneLine($0)): \(oneLine($1))" }.joined(separator: ", ") + "}"
  case .sequence(let items): "[" + items.map(oneLine).joined(separator: ", ") + "]"
  default: node.string ?? ""
  }
}
