extension Collectives {
  /// This rank's part of `count` things, such as rows: consecutive ones, nearly as many on every rank.
  package func ownPart(of count: Int) -> Range<Int> { count * rank / worldSize..<count * (rank + 1) / worldSize }
}
