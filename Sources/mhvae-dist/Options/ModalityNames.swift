import Configuration
import Console

extension ModelConfiguration {
  /// The index of the modality that `option` names.
  /// - Throws: `CommandError` when there is none.
  func modality(_ name: String, option: String) throws(CommandError) -> Int {
    guard let index = modalities.firstIndex(where: { $0.name == name }) else {
      let hint = Suggestion.phrase(for: name, among: modalities.map(\.name))
      throw CommandError("\(option): the model has no modality \"\(name)\"; \(hint)")
    }
    return index
  }

  /// The modalities of a list such as `image,label`, in the model's order.
  /// - Throws: `CommandError` when one is unknown or named twice.
  func modalities(_ list: String, option: String) throws(CommandError) -> [Int] {
    var indices: Set<Int> = []
    for name in list.split(separator: ",") {
      let index = try modality(String(name), option: option)
      guard indices.insert(index).inserted else { throw CommandError("\(option): \(name) is named twice") }
    }
    guard !indices.isEmpty else { throw CommandError("\(option): name at least one modality") }
    return indices.sorted()
  }
}
