import GradientExchange
import Testing

struct PartitionTests {
  @Test(
    "Parts lie one behind another, start with a cache line and differ by a line",
    arguments: [0, 1, 15, 16, 17, 160, 1000, 2_036_590], [1, 2, 3, 7])
  func parts(count: Int, parts: Int) {
    let start = 32
    let cut = (start..<start + count).partitioned(into: parts)
    #expect(cut.count == parts)
    #expect(cut[0].lowerBound == start && cut[parts - 1].upperBound == start + count)
    for (part, next) in zip(cut, cut.dropFirst()) {
      #expect(part.upperBound == next.lowerBound)
      #expect(next.lowerBound % 16 == 0 || next.isEmpty)
    }
    let lengths = cut.map(\.count)
    #expect(lengths.max()! - lengths.min()! <= 2 * 16)
  }

  @Test("Buckets cover everything")
  func buckets() {
    #expect((0..<100).chunked(every: 48) == [0..<48, 48..<96, 96..<100])
    #expect((0..<96).chunked(every: 48) == [0..<48, 48..<96])
    #expect((0..<0).chunked(every: 16) == [])
  }
}

struct GradientBucketsTests {
  @Test("A bucket is ready when all of it is marked, in whatever parts")
  func order() {
    var buckets = GradientBuckets((0..<100).chunked(every: 32))
    buckets.markReady(40..<70)
    buckets.markReady(0..<0)
    #expect(buckets.ready == [])
    buckets.markReady(32..<40)
    #expect(buckets.ready == [1])
    buckets.markReady(70..<100)
    #expect(buckets.ready == [1, 2, 3])
    buckets.markRestReady()
    #expect(buckets.ready == [1, 2, 3, 0])
    buckets.reset()
    #expect(buckets.ready == [])
    buckets.markReady(0..<100)
    #expect(buckets.ready == [0, 1, 2, 3])
  }

  @Test("Marking twice ends the program: what is added later would be lost")
  func twice() async {
    await #expect(processExitsWith: .failure) {
      var buckets = GradientBuckets((0..<100).chunked(every: 32))
      buckets.markReady(0..<10)
      buckets.markReady(0..<32)
    }
  }
}
