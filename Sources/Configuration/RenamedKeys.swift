internal import Yams

/// Keys that had another name in earlier versions. Stored documents are migrated; a user's get an error with the new
/// name.
enum RenamedKeys {
  /// A mapping's dotted path and the old key in it, then the new key.
  private static let all = [(mapping: "training", old: "pieces", new: "micro_batches")]

  /// The new name of the key at a dotted path; nil if it was not renamed.
  static func replacement(for path: String) -> String? {
    all.first { "\($0.mapping).\($0.old)" == path }.map { "\($0.mapping).\($0.new)" }
  }

  /// A complete document, as an earlier version may have written it, with today's keys.
  static func migrated(_ document: Node) -> Node {
    all.reduce(document) { document, key in
      guard let value = document[key.mapping]?[key.old], document[key.mapping]?[key.new] == nil else { return document }
      var document = document
      document[key.mapping]?.mapping?[Node(key.old)] = nil
      document[key.mapping]?.mapping?[Node(key.new)] = value
      return document
    }
  }
}
