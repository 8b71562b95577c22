internal import Yams

/// A key and its value, to be written as YAML.
package struct ConfigurationEntry {
  let key: String
  let node: Node

  package init(_ key: String, _ value: Int) { (self.key, node) = (key, .scalar(value)) }

  package init(_ key: String, _ value: Double) { (self.key, node) = (key, .scalar(value)) }

  package init(_ key: String, _ text: String) { (self.key, node) = (key, .scalar(text)) }

  package init(_ key: String, _ word: some ConfigurationChoice) { (self.key, node) = (key, .scalar(word.rawValue)) }

  package init(_ key: String, _ layers: [LayerConfiguration]) {
    (self.key, node) = (key, .items(layers.map(\.node)))
  }

  /// A mapping below `key`.
  package init(_ key: String, _ entries: [ConfigurationEntry]) {
    (self.key, node) = (key, .map(entries.map(\.pair)))
  }

  var pair: (String, Node) { (key, node) }
}
