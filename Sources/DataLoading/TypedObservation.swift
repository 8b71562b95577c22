package import Configuration
internal import Layers
package import Storage

/// What a person types for the value of a modality.
package enum TypedObservation: Equatable {
  /// `test:17`.
  case row(Split, Int)
  /// As the networks see them: classes one-hot, images channels last, binarised if the modality is.
  case values([Float])

  /// Reads `3` or `Dress` of classes; all values in the unit of the source, such as `0.5,1,0`, images channels first as in files; the names of the
  /// values that are 1, such as `Male,Smiling`; or a row.
  /// - Parameter names: of all classes or values; empty if they are not known.
  /// - Throws: `DataLoadingError`: what was expected.
  package init(
    _ text: String, of modality: ModalityConfiguration, names: [String]
  ) throws(DataLoadingError) {
    if text.contains(":") {
      self = try Self.row(text)
    } else if modality.likelihood == .categorical {
      self = .values(try Self.oneHot(text, modality, names))
    } else {
      self = .values(try Self.values(text, modality, names))
    }
  }

  private static func row(_ text: String) throws(DataLoadingError) -> TypedObservation {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
    guard parts.count == 2, let split = Split(rawValue: parts[0]), let row = Int(parts[1]), row >= 0 else {
      throw DataLoadingError("expected SPLIT:ROW with train, validation or test, such as test:17")
    }
    return .row(split, row)
  }

  private static func oneHot(
    _ text: String, _ modality: ModalityConfiguration, _ names: [String]
  ) throws(DataLoadingError) -> [Float] {
    let classes = modality.shape.count
    guard let index = names.firstIndex(of: text) ?? Int(text), (0..<classes).contains(index) else {
      let known = names.isEmpty ? "; with --data its name will do, too" : " or one of \(names.joined(separator: ", "))"
      throw DataLoadingError("expected a class from 0 to \(classes - 1)\(known)")
    }
    return (0..<classes).map { $0 == index ? 1 : 0 }
  }

  private static func values(
    _ text: String, _ modality: ModalityConfiguration, _ names: [String]
  ) throws(DataLoadingError) -> [Float] {
    let parts = text.split(separator: ",").map(String.init)
    let numbers = parts.compactMap { Float($0) }.filter(\.isFinite)
    if numbers.count == parts.count { return try values(numbers, modality) }
    guard !names.isEmpty else {
      throw DataLoadingError(
        "expected \(modality.shape.count) numbers, a row such as \(modality.name)=test:0, or, where the file of --data "
          + "names the values, the names of those that are 1")
    }
    if let unknown = parts.first(where: { !names.contains($0) }) {
      throw DataLoadingError("\"\(unknown)\" is none of \(names.joined(separator: ", "))")
    }
    return inMemoryOrder(names.map { parts.contains($0) ? 1 : 0 }, modality.shape)
  }

  private static func values(
    _ numbers: [Float], _ modality: ModalityConfiguration
  ) throws(DataLoadingError) -> [Float] {
    guard numbers.count == modality.shape.count else {
      throw DataLoadingError(
        "\(modality.name) has \(modality.shape.count) values, found \(numbers.count); a row of --data is "
          + "\(modality.name)=test:0")
    }
    guard modality.likelihood != .bernoulli || numbers.allSatisfy({ (0...1).contains($0) }) else {
      throw DataLoadingError("the values of \(modality.name) lie from 0 to 1")
    }
    guard !modality.likelihood.isOfCounts || numbers.allSatisfy({ $0 >= 0 && $0.rounded() == $0 }) else {
      throw DataLoadingError("the values of \(modality.name) are counts: whole numbers of at least 0")
    }
    let values = inMemoryOrder(try binarised(numbers, modality), modality.shape)
    return modality.sourceUnit?.standardized(values) ?? values
  }

  /// A row's draw depends on its number, which typed values do not have.
  private static func binarised(
    _ numbers: [Float], _ modality: ModalityConfiguration
  ) throws(DataLoadingError) -> [Float] {
    switch modality.binarization {
    case .none: return numbers
    case .threshold: return numbers.map { $0 > 0.5 ? 1 : 0 }
    case .dynamic:
      guard numbers.allSatisfy({ $0 == 0 || $0 == 1 }) else {
        throw DataLoadingError("\(modality.name) is binarised (binarization: dynamic): its values are 0 or 1")
      }
      return numbers
    }
  }

  private static func inMemoryOrder(_ values: [Float], _ shape: DataShape) -> [Float] {
    shape.memoryOrder.map { values[$0] }
  }
}
