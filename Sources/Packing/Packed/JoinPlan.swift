import Storage

/// Which modalities a joined file has, and where they come from.
struct JoinPlan {
  let firstLabel: ModalityDescription
  let secondLabel: ModalityDescription
  /// What is copied from each file, with the name it gets.
  let fromFirst: [(ModalityDescription, name: String)]
  let fromSecond: [(ModalityDescription, name: String)]

  init(
    _ request: JoinRequest, _ first: [ModalityDescription], _ second: [ModalityDescription]
  ) throws(PackingError) {
    firstLabel = try Self.label(request.label, first, request.first)
    secondLabel = try Self.label(request.label, second, request.second)
    guard firstLabel.elementCount == secondLabel.elementCount else {
      throw PackingError(
        "\(request.label) has \(firstLabel.elementCount) classes in \(request.first), "
          + "but \(secondLabel.elementCount) in \(request.second)")
    }
    let (first, second) = (
      first.filter { $0.name != request.label }, second.filter { $0.name != request.label }
    )
    let names = try Self.names(request, first.map(\.name), second.map(\.name))
    fromFirst = Array(zip(first, names))
    fromSecond = Array(zip(second, names.dropFirst(first.count)))
  }

  /// The label of the first file, with the class names of the second if the first has none.
  var label: ModalityDescription {
    var label = firstLabel
    if label.classNames.isEmpty { label.classNames = secondLabel.classNames }
    return label
  }

  /// Whether both files name the classes, and no name is in both.
  var classNamesDiffer: Bool {
    !firstLabel.classNames.isEmpty && !secondLabel.classNames.isEmpty
      && Set(firstLabel.classNames).isDisjoint(with: secondLabel.classNames)
  }

  /// The class of the first file that each class of the second is: the one of the same name, if both have the same names;
  /// else the one of the same index.
  /// - Throws: `PackingError` when they share some names only: the others would be guesses.
  func classesOfSecond(_ request: JoinRequest) throws(PackingError) -> [Int] {
    let (own, others) = (firstLabel.classNames, secondLabel.classNames)
    let indices = Array(0..<firstLabel.elementCount)
    guard !own.isEmpty, own != others, !classNamesDiffer, !others.isEmpty else { return indices }
    guard Set(own) == Set(others), Set(own).count == own.count else {
      throw PackingError(
        "\(request.label) has the classes \(own.joined(separator: ", ")) in \(request.first), but "
          + "\(others.joined(separator: ", ")) in \(request.second); give both the same --class-names")
    }
    return others.compactMap { own.firstIndex(of: $0) }
  }

  var modalities: [ModalityDescription] { (fromFirst + fromSecond).map { $0.renamed($1) } + [label] }

  private static func label(
    _ name: String, _ modalities: [ModalityDescription], _ path: String
  ) throws(PackingError) -> ModalityDescription {
    guard let label = modalities.first(where: { $0.name == name }) else {
      throw .noModality(name, among: modalities, file: path)
    }
    guard label.encoding == .classIndex else {
      throw PackingError(file: path, "\(name) holds values; rows can be joined on classes only")
    }
    return label
  }

  private static func names(
    _ request: JoinRequest, _ first: [String], _ second: [String]
  ) throws(PackingError) -> [String] {
    let names = request.names ?? first + second
    let wanted =
      "give --names with \(first.count + second.count) names, for \(first.joined(separator: ", ")) of "
      + "\(request.first) and \(second.joined(separator: ", ")) of \(request.second)"
    guard names.count == first.count + second.count else {
      throw PackingError("\(wanted); found \(names.count)")
    }
    if let name = firstDuplicate(names + [request.label]) {
      throw PackingError("two modalities would be called \"\(name)\": \(wanted)")
    }
    return names
  }
}

extension ModalityDescription {
  /// A class in words: its name, or its index.
  func className(_ index: Int) -> String { classNames.isEmpty ? "\(index)" : "\(index) (\(classNames[index]))" }
}
