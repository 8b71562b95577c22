/// The order of classes.
extension RowSource {
  /// Texts as indices into `names`, if there are names.
  func naming(_ names: [String]) throws(PackingError) -> RowSource {
    guard let texts, !names.isEmpty else { return self }
    var places: [Double] = []
    for text in texts {
      guard let place = names.firstIndex(of: text) else {
        throw PackingError(file: place, "the text \"\(text)\" is not among the class names that are given")
      }
      places.append(Double(place))
    }
    var result = self
    result.texts = names
    result.translation = translation.map { $0.map { places[Int($0)] } } ?? places
    return result
  }
}
