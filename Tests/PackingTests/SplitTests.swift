import Packing
import Testing

@Suite struct SplitTests {
  /// The first numbers of the reference implementation (Vigna, splitmix64.c) for the seed 1234567.
  @Test func generatorIsSplitMix64() {
    var generator = SplitMix64(seed: 1_234_567)
    let expected: [UInt64] = [
      6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423, 4_593_380_528_125_082_431,
      16_408_922_859_458_223_821,
    ]
    #expect(expected.indices.map { _ in generator.next() } == expected)
  }

  @Test(arguments: [10, 11, 99, 60_000], [0, 1, 7] as [UInt64])
  func splitsAreDisjointAndComplete(count: Int, seed: UInt64) {
    let split = RowSplit(count: count, seed: seed)
    #expect(split.validation.count == count / 10)
    #expect((split.train + split.validation).sorted() == Array(0..<count))
    #expect(split.validation == split.validation.sorted())
    #expect(split.train != split.train.sorted(), "the training rows are not shuffled")
  }

  @Test func seedDecides() {
    #expect(RowSplit(count: 1000, seed: 1) == RowSplit(count: 1000, seed: 1))
    #expect(RowSplit(count: 1000, seed: 1).validation != RowSplit(count: 1000, seed: 2).validation)
  }

  /// Packed files of other days must keep their split: these rows were recorded with the first version.
  @Test func splitIsTheRecordedOne() {
    let split = RowSplit(count: 60_000, seed: 1)
    #expect(Array(split.validation.prefix(5)) == [24, 25, 27, 45, 53])
    #expect(Array(split.train.prefix(5)) == [45272, 23874, 3559, 18568, 21820])
  }

  /// Over many shuffles each number comes first equally often: 6000 draws of 6, standard deviation 29.
  @Test func permutationsAreFair() {
    var generator = SplitMix64(seed: 99)
    var firsts = [Int](repeating: 0, count: 6)
    for _ in 0..<6000 { firsts[generator.permutation(count: 6)[0]] += 1 }
    #expect(firsts.allSatisfy { abs($0 - 1000) < 150 }, "\(firsts)")
  }

  @Test func shortPermutations() {
    var generator = SplitMix64(seed: 0)
    #expect(generator.permutation(count: 0) == [])
    #expect(generator.permutation(count: 1) == [0])
  }
}
