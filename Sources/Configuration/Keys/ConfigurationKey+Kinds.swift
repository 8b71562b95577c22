extension ConfigurationKey<Int> {
  package static func integer(_ name: String, in range: ClosedRange<Int>, _ meaning: String) -> Self {
    Self(name, "whole number \(ConfigurationReader.words(for: range))", meaning) {
      (reader, name) throws(ConfigurationError) in try reader.integer(name, in: range)
    }
  }

  /// A width or a number of channels.
  package static func extent(_ name: String, _ meaning: String) -> Self {
    integer(name, in: 1...ConfigurationReader.largestExtent, meaning)
  }

  static func powerOfTwo(_ name: String, atMost bound: Int, _ meaning: String) -> Self {
    Self(name, "power of two up to \(bound)", meaning) { (reader, name) throws(ConfigurationError) in
      try reader.powerOfTwo(name, atMost: bound)
    }
  }
}

extension ConfigurationKey<Double> {
  /// - Parameter expectation: what `isValid` checks, such as `above 0`.
  package static func number(
    _ name: String, _ expectation: String, _ meaning: String, where isValid: @escaping @Sendable (Double) -> Bool
  ) -> Self {
    Self(name, "number \(expectation)", meaning) { (reader, name) throws(ConfigurationError) in
      try reader.number(name, expectation, where: isValid)
    }
  }
}

extension ConfigurationKey<Bool> {
  static func boolean(_ name: String, _ meaning: String) -> Self {
    Self(name, "`true` or `false`", meaning) { (reader, name) throws(ConfigurationError) in try reader.boolean(name) }
  }
}

extension ConfigurationKey<String> {
  package static func word(_ name: String, _ meaning: String) -> Self {
    Self(name, "word", meaning) { (reader, name) throws(ConfigurationError) in try reader.string(name) }
  }
}

extension ConfigurationKey where Value: ConfigurationChoice {
  package static func choice(_ name: String, _ meaning: String) -> Self {
    let words = Value.words.map { "`\($0)`" }.joined(separator: ", ")
    return Self(name, words, meaning) { (reader, name) throws(ConfigurationError) in
      try reader.choice(name, Value.self)
    }
  }
}

extension ConfigurationKey<[LayerConfiguration]> {
  package static func layers(_ name: String, _ meaning: String) -> Self {
    Self(name, "list of [layers](#layers)", meaning) { (reader, name) throws(ConfigurationError) in
      try reader.layers(name)
    }
  }
}

extension ConfigurationKey<DataShape> {
  /// - Parameter examples: the shapes that `accepts` accepts.
  static func shape(
    _ name: String, _ examples: String, _ meaning: String, where accepts: @escaping @Sendable (DataShape) -> Bool
  ) -> Self {
    Self(name, examples.split(separator: " or ").map { "`\($0)`" }.joined(separator: " or "), meaning) {
      (reader, name) throws(ConfigurationError) in
      guard let shape = DataShape(dimensions: try reader.dimensions(name)), accepts(shape) else {
        throw ConfigurationError(key: reader.path(of: name), "expected \(examples)")
      }
      return shape
    }
  }
}
