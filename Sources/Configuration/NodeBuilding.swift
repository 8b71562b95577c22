internal import Yams

/// How configurations are written: block style for structure, one line for layers and short lists.
extension Node {
  static func scalar(_ value: some CustomStringConvertible) -> Node { .scalar(Scalar(value.description)) }

  static func map(_ pairs: [(String, Node)], oneLine: Bool = false) -> Node {
    .mapping(Mapping(pairs.map { (Node.scalar($0.0), $0.1) }, Tag(.implicit), oneLine ? .flow : .block))
  }

  static func items(_ nodes: [Node]) -> Node { .sequence(Sequence(nodes, Tag(.implicit), .block)) }

  /// A list of numbers on one line.
  static func list(_ values: [some CustomStringConvertible]) -> Node {
    .sequence(Sequence(values.map { Node.scalar($0) }, Tag(.implicit), .flow))
  }
}

extension Node.Mapping {
  /// The value of the key with this text. Comparing nodes would resolve their tags, a few regular expressions each.
  func value(of key: String) -> Node? { first { $0.key.string == key }?.value }
}
