import Testing
import Training

struct CutTests {
  @Test(
    "Parts lie one behind another, start with a cache line and differ by a line",
    arguments: [0, 1, 15, 16, 17, 160, 1000, 2_036_590], [1, 2, 3, 7])
  func parts(count: Int, parts: Int) {
    let start = 32
    let cut = (start..<start + count).cut(into: parts)
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
    #expect((0..<100).cut(every: 48) == [0..<48, 48..<96, 96..<100])
    #expect((0..<96).cut(every: 48) == [0..<48, 48..<96])
    #expect((0..<0).cut(every: 16) == [])
  }
}

struct ReadyBucketsTests {
  @Test("A bucket is ready when all of it was announced, in whatever pieces")
  func order() {
    var ready = ReadyBuckets((0..<100).cut(every: 32))
    ready.announce(40..<70)
    ready.announce(0..<0)
    #expect(ready.order == [])
    ready.announce(32..<40)
    #expect(ready.order == [1])
    ready.announce(70..<100)
    #expect(ready.order == [1, 2, 3])
    ready.announceRest()
    #expect(ready.order == [1, 2, 3, 0])
    ready.reset()
    #expect(ready.order == [])
    ready.announce(0..<100)
    #expect(ready.order == [0, 1, 2, 3])
  }

  @Test("Announcing twice ends the program: what is added later would be lost")
  func twice() async {
    await #expect(processExitsWith: .failure) {
      var ready = ReadyBuckets((0..<100).cut(every: 32))
      ready.announce(0..<10)
      ready.announce(0..<32)
    }
  }
}
