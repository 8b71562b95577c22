extension Range<Int> {
  /// Floats of a cache line.
  private static var line: Int { 16 }

  /// The range in `parts` parts of about the same length, split at the ends of cache lines. Short ranges leave some
  /// parts empty.
  /// - Precondition: it begins with a cache line.
  package func partitioned(into parts: Int) -> [Range<Int>] {
    precondition(lowerBound % Self.line == 0, "\(self) begins within a cache line")
    let lines = (count + Self.line - 1) / Self.line
    func bound(_ k: Int) -> Int { Swift.min(upperBound, lowerBound + lines * k / parts * Self.line) }
    return (0..<parts).map { bound($0)..<bound($0 + 1) }
  }

  /// The chunk of each node of a part of a bucket, which may be empty.
  func chunks(nodes: Int) -> [Range<Int>] {
    (0..<count).partitioned(into: nodes).map { $0.lowerBound + lowerBound..<$0.upperBound + lowerBound }
  }

  /// How many of them are not empty.
  func chunkCount(nodes: Int) -> Int { Swift.min(nodes, (count + Self.line - 1) / Self.line) }

  /// The range in parts of `length`, a whole number of cache lines; the last may be shorter.
  package func chunked(every length: Int) -> [Range<Int>] {
    precondition(length > 0 && length % Self.line == 0, "\(length) floats are not whole cache lines")
    return stride(from: lowerBound, to: upperBound, by: length).map { $0..<Swift.min($0 + length, upperBound) }
  }
}
