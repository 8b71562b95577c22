/// The order of classes.
extension RowSource {
  /// Whole numbers of a table that stand for classes, such as 10, 20 and 30, as classes of these names.
  /// - Parameter codes: the different numbers; nil if there are too many.
  /// - Returns: nil if the numbers count classes as they are, perhaps with some that no row has, or are no column of a
  ///   table that was to be one of classes.
  func naming(codes: Set<Double>?) -> RowSource? {
    guard texts == nil, let translation, let codes = codes?.sorted(), !codes.countClasses else { return nil }
    let places = Dictionary(uniqueKeysWithValues: zip(codes, codes.indices))
    var result = self
    result.texts = codes.map(plain)
    // A number without a place is one of rows without an observation.
    result.translation = translation.map { Double(places[$0] ?? 0) }
    return result
  }

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

extension [Double] {
  /// Whether ascending numbers count from 0 on and leave out fewer than there are.
  fileprivate var countClasses: Bool { first == 0 && count > 1 && self[count - 1] < 2 * Double(count) }
}
