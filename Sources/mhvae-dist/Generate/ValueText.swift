import Configuration
import Evaluation

/// Words for the values of a modality that is no picture.
struct ValueText {
  private let modality: ModalityConfiguration
  /// Of its classes or values; may be empty.
  private let names: [String]

  init(_ modality: ModalityConfiguration, names: [String]) {
    (self.modality, self.names) = (modality, names)
  }

  /// What was observed: a class, the names of the values that are 1, or numbers.
  func observed(_ values: [Float]) -> String {
    switch modality.likelihood {
    case .categorical: return name(largestIndex(values))
    case .bernoulli where !names.isEmpty: return list(values.indices.filter { values[$0] > 0.5 }.map(name))
    default: return numbers(values)
    }
  }

  /// The mean of a distribution: the most probable class, or the probable values, with probabilities.
  func decoded(_ means: [Float]) -> String {
    func probable(_ index: Int) -> String { "\(name(index)) \(Double(means[index]).formatted(digits: 2))" }
    switch modality.likelihood {
    case .categorical: return probable(largestIndex(means))
    case .bernoulli where !names.isEmpty: return list(means.indices.filter { means[$0] > 0.5 }.map(probable))
    default: return numbers(means)
    }
  }

  private func name(_ index: Int) -> String { names.isEmpty ? "\(index)" : names[index] }

  private func list(_ words: [String]) -> String { words.isEmpty ? "none" : words.joined(separator: ", ") }

  private func numbers(_ values: [Float]) -> String {
    modality.inSourceUnit(values).map { Double($0).formatted(significant: 3) }.joined(separator: " ")
  }
}
